//! What the log has: of a request who asked what and what was wrong with it, of a payment which it is.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, log, order, read};

/// The lines of the log that are about this: it must name nobody else's.
fn lines(of: &str) -> Vec<Value> {
    let log = log();
    let lines = log.lines().filter(|line| line.contains(of));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The line of the request that this answer's id names.
fn answered(request_id: &str) -> Value {
    let mut lines = lines(request_id);
    lines.retain(|line| line["fields"]["message"] == "request answered");
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

fn request_id(response: &reqwest::Response) -> String {
    response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn what_is_refused_is_logged_with_its_code_its_members_and_who_asked_but_no_value() {
    let world = World::new().await;
    let secret_name = "danpay_sk_01zzzz";
    let body = order(json!({ "order_id": 4711_0815, "retrun_url": "x", secret_name: 1 }));
    let request = world.request(Method::POST, "/v1/payments");
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let line = answered(&request_id(&response));
    assert_eq!(line["level"], "INFO");
    let fields = &line["fields"];
    assert_eq!(fields["problem.code"], "invalid_fields", "{line}");
    assert_eq!(fields["problem.fields"], "retrun_url,?,order_id", "{line}");
    assert_eq!(fields["key.name"], "first", "{line}");
    assert_eq!(fields["client.address"], "127.0.0.1", "{line}");
    for value in ["47110815", secret_name] {
        assert!(!line.to_string().contains(value), "{line}");
    }

    let nobodys = format!("{}/v1/payments", world.url);
    let response = world.http.get(nobodys).send().await.unwrap();
    let line = answered(&request_id(&response));
    assert_eq!(line["fields"]["problem.code"], "unauthorized", "{line}");
    assert_eq!(line["fields"].get("key.name"), None, "{line}");

    // Of what is answered as it should be nobody has to know who asked.
    let list = world.request(Method::GET, "/v1/payments");
    let line = answered(&request_id(&list.send().await.unwrap()));
    for name in ["problem.code", "key.name", "client.address"] {
        assert_eq!(line["fields"].get(name), None, "{line}");
    }
}

#[tokio::test]
async fn whoever_asks_all_day_long_whether_it_lives_is_logged_for_debugging_alone() {
    let world = World::new().await;
    for path in ["/livez", "/readyz"] {
        let asked = world.http.get(format!("{}{path}", world.url)).send();
        let line = answered(&request_id(&asked.await.unwrap()));
        assert_eq!(line["level"], "DEBUG", "{line}");
    }
}

#[tokio::test]
async fn each_line_about_a_payment_names_it_and_the_request() {
    let world = World::new().await;
    let request = world.request(Method::POST, "/v1/payments");
    let response = request.json(&order(json!({}))).send().await.unwrap();
    let created = request_id(&response);
    let payment = crate::support::Payment(read(response).await.1);
    let back = world.pay(&payment);
    let returned = world.http.get(&back).send().await.unwrap();
    let returned = request_id(&returned);
    world.until(payment.id(), "approved").await;
    let path = format!("/v1/payments/{}", payment.id());
    let shown = world.request(Method::GET, &path).send().await.unwrap();
    for (request, message) in [
        (&created, "payment ready"),
        (&created, "request answered"),
        (&returned, "payment ready -> approving"),
        // Logged by a task of its own, which outlives the request.
        (&returned, "payment approving -> approved"),
        (&returned, "request answered"),
        (&request_id(&shown), "request answered"),
    ] {
        let lines = lines(request);
        let line = lines
            .iter()
            .find(|line| line["fields"]["message"] == message);
        let line = line.unwrap_or_else(|| panic!("no {message}: {lines:?}"));
        assert_eq!(line["span"]["payment.id"], payment.id(), "{line}");
        assert_eq!(line["span"]["request_id"], request.as_str(), "{line}");
    }
}
