//! The main job, step by step, and what payers do besides.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{PC, PHONE, SECRET_KEY, World, log, order, read};

/// A query, the browser's headers, and a part of the address that they lead to.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[tokio::test]
async fn a_payment_goes_from_ready_to_approved() {
    let world = World::new().await;
    let created = world
        .create(json!({
            "item_code": "choco-12", "quantity": 2,
            "amount": { "total": 3300, "tax_free": 1100 },
            "return_url": "https://shop.example/orders/1?from=pay",
            "metadata": { "coupon": "가을" },
        }))
        .await;
    let masks = |value: &mut serde_json::Value| {
        for name in [
            "id",
            "tid",
            "aid",
            "created_at",
            "expires_at",
            "approved_at",
            "refundable_until",
        ] {
            if !value[name].is_null() {
                value[name] = json!(format!("[{name}]"));
            }
        }
        value["checkout_url"] = json!("[checkout_url]");
        if !value["card_info"].is_null() {
            value["card_info"]["approved_id"] = json!("[approved_id]");
        }
    };
    let mut seen = created.0.clone();
    masks(&mut seen);
    insta::assert_json_snapshot!("created", seen);

    let open = world.visit(created.checkout_url()).await;
    assert!(open.onward().contains("/mockup/bridge/pc/"), "{open:?}");
    let back = world.visit(&world.pay(&created)).await;
    let to_shop = format!(
        "https://shop.example/orders/1?from=pay&payment_id={}",
        created.id()
    );
    assert_eq!(back.onward(), to_shop);

    let approved = world.payment(created.id()).await;
    let ledger = world.at_kakaopay(&created);
    assert_eq!((ledger.approvals, ledger.approve_calls), (1, 1));
    assert_eq!(approved.0["aid"], json!(ledger.aid));
    let kst = approved.0["approved_at"].as_str().unwrap();
    assert_eq!(
        kst,
        ledger
            .approved_at
            .unwrap()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    );
    let mut seen = approved.0.clone();
    masks(&mut seen);
    insta::assert_json_snapshot!("approved", seen);
    let events = ["payment.created", "payment.approving", "payment.approved"];
    assert_eq!(world.steps(created.id()), events);

    // The checkout of a paid payment leads to the shop, not to KakaoPay.
    let again = world.visit(created.checkout_url()).await;
    assert_eq!(again.onward(), world.result_url(&created));
    assert_eq!(world.visit(again.onward()).await.onward(), to_shop);
}

#[tokio::test]
async fn the_device_decides_where_the_payer_pays() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let cases: [Case<'_>; 6] = [
        ("", &[("user-agent", PC)], "/bridge/pc/"),
        ("", &[("user-agent", PHONE)], "/bridge/mobile-web/"),
        (
            "",
            &[("user-agent", PC), ("sec-ch-ua-mobile", "?1")],
            "/bridge/mobile-web/",
        ),
        (
            "",
            &[("user-agent", "Mozilla/5.0 (iPhone) ChocoShop/3.1")],
            "/bridge/mobile-app/",
        ),
        ("?device=app", &[("user-agent", PC)], "/bridge/mobile-app/"),
        ("?device=toaster", &[], "/bridge/pc/"),
    ];
    for (query, headers, expected) in cases {
        let mut request = world.http.get(format!("{}{query}", payment.checkout_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let location = response.headers()["location"].to_str().unwrap();
        assert!(
            location.contains(expected),
            "{query} {headers:?} {location}"
        );
    }
}

#[tokio::test]
async fn a_reload_and_a_second_tab_approve_nothing() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let (a, b) = tokio::join!(world.visit(&back), world.visit(&back));
    assert_eq!(a.onward(), world.result_url(&payment));
    assert_eq!(b.onward(), world.result_url(&payment));
    world.until(payment.id(), "approved").await;
    world.visit(&back).await;
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.approvals, ledger.approve_calls), (1, 1));
    assert!(
        world
            .visit(&world.result_url(&payment))
            .await
            .shows("approved")
    );
}

#[tokio::test]
async fn a_payer_who_gives_up_is_believed_only_when_kakaopay_says_so() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;

    // Anyone can call the cancel address: while KakaoPay knows of nothing, nothing happens.
    for way in ["cancel", "fail"] {
        let forged = world.visit(&world.return_url(&payment, way).await).await;
        assert_eq!(forged.onward(), world.result_url(&payment));
    }
    let page = world.visit(&world.result_url(&payment)).await;
    assert!(
        page.shows("not-yet-paid") && page.shows("pay-on"),
        "{page:?}"
    );
    assert_eq!(world.payment(payment.id()).await.status(), "ready");

    let quit = world.sandbox.play(payment.tid(), "quits").unwrap();
    assert_eq!(quit, world.return_url(&payment, "cancel").await);
    // KakaoPay has just been asked, so this lookup is left to recovery.
    world.visit(&quit).await.onward();
    world.until(payment.id(), "quit").await;
    assert!(world.visit(&world.result_url(&payment)).await.shows("quit"));
    assert_eq!(world.at_kakaopay(&payment).approvals, 0);
}

#[tokio::test]
async fn a_forged_return_does_not_spoil_the_payers_own() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let forged = format!(
        "{}?pg_token={}",
        world.return_url(&payment, "approve").await,
        "f".repeat(20)
    );
    world.visit(&forged).await.onward();
    // KakaoPay's no may be the second answer to a call that came twice on its way.
    assert_eq!(world.payment(payment.id()).await.status(), "approving");
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "ready").await;
    world
        .visit(&world.return_url(&payment, "approve").await)
        .await
        .onward();

    let back = world.pay(&payment);
    // The payer's own is kept beside it.
    world.visit(&forged).await.onward();
    world.visit(&back).await.onward();
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "approved").await;
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
}

#[tokio::test]
async fn the_shop_may_decide_itself() {
    let world = World::new().await;
    let more = json!({ "approval": "manual", "return_url": "https://shop.example/o" });
    let payment = world.create(more).await;
    let approve = format!("/v1/payments/{}/approve", payment.id());
    let early = world.request(Method::POST, &approve).send().await.unwrap();
    assert_eq!(early.status(), StatusCode::CONFLICT);

    let back = world.visit(&world.pay(&payment)).await;
    assert!(
        back.onward()
            .starts_with("https://shop.example/o?payment_id=pay_")
    );
    assert_eq!(world.payment(payment.id()).await.status(), "authenticated");
    assert_eq!(world.at_kakaopay(&payment).approvals, 0);

    let (status, body) = read(world.request(Method::POST, &approve).send().await.unwrap()).await;
    assert_eq!(
        (status, body["status"].as_str()),
        (StatusCode::OK, Some("approved"))
    );
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
}

#[tokio::test]
async fn time_that_passes_unpaid_expires() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    world
        .sandbox
        .advance_clock(std::time::Duration::from_mins(15));
    let page = world.visit(payment.checkout_url()).await;
    assert_eq!(page.onward(), world.result_url(&payment));
    world
        .visit(&world.return_url(&payment, "fail").await)
        .await
        .onward();
    assert_eq!(world.payment(payment.id()).await.status(), "expired");
    assert!(
        world
            .visit(&world.result_url(&payment))
            .await
            .shows("expired")
    );

    // Nobody comes back from this one: recovery finds it by itself.
    let left = world.create(json!({})).await;
    world
        .sandbox
        .advance_clock(std::time::Duration::from_secs(15 * 60 + 31));
    world.until(left.id(), "expired").await;
}

#[tokio::test]
async fn one_idempotency_key_makes_one_payment() {
    let world = World::new().await;
    let send = |key: &str, body: serde_json::Value| {
        let request = world.request(Method::POST, "/v1/payments").json(&body);
        request.header("Idempotency-Key", key).send()
    };
    let (a, b) = tokio::join!(send("k-1", order(json!({}))), send("k-1", order(json!({}))));
    let (a, b) = (a.unwrap(), b.unwrap());
    let replayed = |response: &reqwest::Response| {
        response
            .headers()
            .get("idempotent-replayed")
            .is_some_and(|value| value == "true")
    };
    assert!(replayed(&a) != replayed(&b), "one of the two is the first");
    let ((_, a), (_, b)) = (read(a).await, read(b).await);
    assert_eq!(a, b);

    // Quoted, as the IETF draft writes it, it is the same key.
    let again = send("\"k-1\"", order(json!({}))).await.unwrap();
    assert!(replayed(&again));
    assert_eq!(read(again).await, (StatusCode::OK, a));

    let other = send("k-1", order(json!({ "order_id": "order-2" })))
        .await
        .unwrap();
    let (status, problem) = read(other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "idempotency_key_reused");

    let twice = world
        .request(Method::POST, "/v1/payments")
        .json(&order(json!({})))
        .header("Idempotency-Key", "a")
        .header("Idempotency-Key", "b");
    let (status, problem) = read(twice.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
}

#[tokio::test]
async fn the_log_tells_the_story_and_no_secret() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let response = world.http.get(&back).send().await.unwrap();
    let request_id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let (address, token) = back.split_once("?pg_token=").unwrap();
    let secret = address.rsplit('/').next().unwrap();
    world.until(payment.id(), "approved").await;
    // Whatever the payer's browser is told last is logged by then.
    world.visit(&world.result_url(&payment)).await;

    let log = log();
    let line = log
        .lines()
        .find(|line| line.contains(&request_id) && line.contains("answered"));
    let line: serde_json::Value = serde_json::from_str(line.unwrap()).unwrap();
    assert_eq!(line["fields"]["route"], "/return/{id}/approve/{secret}");
    assert!(
        log.lines()
            .any(|line| line.contains(payment.tid()) && line.contains("approved"))
    );
    let secrets = [token, secret, SECRET_KEY, world.api_key.as_str()];
    for line in log
        .lines()
        .filter(|line| secrets.iter().any(|secret| line.contains(secret)))
    {
        // At the finest level, what is below danpay (hyper, reqwest) logs addresses; production
        // logs from info on, and danpay's own rooms never do at any level.
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let target = line["target"].as_str().unwrap();
        assert!(
            !target.starts_with("danpay") && !target.starts_with("kakaopay"),
            "{line}"
        );
        assert!(
            ["TRACE", "DEBUG"].contains(&line["level"].as_str().unwrap()),
            "{line}"
        );
    }
}

#[tokio::test]
async fn it_says_whether_it_lives_and_takes_payments() {
    let world = World::new().await;
    for path in ["/livez", "/readyz"] {
        let response = world
            .http
            .get(format!("{}{path}", world.url))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_hold_up_the_end() {
    let mut world = World::new().await;
    let address = world.url.strip_prefix("http://").unwrap();
    let mut idle = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = b"GET /livez HTTP/1.1\r\nHost: danpay\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut idle, head)
        .await
        .unwrap();
    let mut answer = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut idle, &mut answer)
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    world.begin_to_stop();
    world.stopped().await;
    let left = tokio::io::AsyncReadExt::read_to_end(&mut idle, &mut Vec::new()).await;
    assert!(left.is_ok(), "closed in order: {left:?}");
}
