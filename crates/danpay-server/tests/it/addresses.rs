//! Where payers are sent afterwards: anywhere on the web, or once the operator has registered the shop's
//! own origins and app schemes, to those alone.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::payment_method::readied;
use crate::support::{World, order, read};

async fn world(origins: &[&str]) -> World {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    World::with(|config| config.return_origins = origins).await
}

async fn refused(world: &World, more: Value) -> Value {
    let request = world.request(Method::POST, "/v1/payments");
    let response = request.json(&order(more)).send().await.unwrap();
    let (status, problem) = read(response).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["code"], "invalid_fields");
    problem["errors"][0].clone()
}

#[tokio::test]
async fn a_payer_who_has_paid_goes_back_into_the_shops_app() {
    let world = world(&["chocoshop://", "https://shop.example"]).await;
    let payment = world
        .create(json!({
            "return_url": "chocoshop://orders/1?from=pay",
            "redirect_scheme_url": "chocoshop://pay",
        }))
        .await;
    let asked = readied(&world).await;
    assert_eq!(asked[0]["redirect_scheme_url"], "chocoshop://pay");
    let shown = world.visit(&world.pay(&payment)).await;
    let id = payment.id();
    let onward = format!("chocoshop://orders/1?from=pay&payment_id={id}");
    assert_eq!(shown.onward(), onward);
    assert_eq!(world.payment(id).await.status(), "approved");
}

#[tokio::test]
async fn an_address_that_is_not_the_shops_own_is_refused_by_name_with_those_that_are() {
    let world = world(&["chocoshop://", "https://shop.example"]).await;
    for (field, url) in [
        ("return_url", "https://evil.example/?https://shop.example"),
        ("return_url", "http://shop.example/"),
        ("return_url", "evilshop://orders/1"),
        ("redirect_scheme_url", "evilshop://pay"),
    ] {
        let error = refused(&world, json!({ field: url })).await;
        assert_eq!(error["field"], field, "{url}");
        for told in ["message", "message_ko"] {
            let told = error[told].as_str().unwrap();
            assert!(
                told.contains("chocoshop://, https://shop.example"),
                "{told}"
            );
        }
    }
    assert!(world.sandbox.payments().is_empty());
}

#[tokio::test]
async fn where_nothing_is_registered_any_address_of_the_web_is_taken_and_none_of_an_app() {
    let world = world(&[]).await;
    world
        .create(json!({ "return_url": "http://anywhere.example/1" }))
        .await;
    assert_eq!(readied(&world).await[0].get("redirect_scheme_url"), None);
    for field in ["return_url", "redirect_scheme_url"] {
        let error = refused(&world, json!({ field: "chocoshop://pay" })).await;
        assert_eq!(error["field"], field);
    }
}
