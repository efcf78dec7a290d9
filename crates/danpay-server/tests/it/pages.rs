//! The payer's pages as HTML: the way back, the style, the public address. How they look is for the
//! browser tests.

use danpay_server::{Admin, Clock, Create};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::World;

const HOME: &str = "https://shop.example/home?a=1";

/// A shop behind an address with a path, with a name and a home.
async fn world() -> World {
    let mut world = World::with(|config| {
        config.public_url = Some("https://shop.example/pay-server".to_owned());
        config.home_url = Some(HOME.to_owned());
    })
    .await;
    // What is before it takes the path away.
    world.url = format!("http://{}", world.config.listen);
    world
}

async fn is_named(world: &mut World, name: &str) {
    let clock = Clock::from_fn(world.sandbox.clock());
    let admin = Admin::open(&world.config, clock, Create::No).await;
    let admin = admin.unwrap();
    let first = admin.first_shop().await.unwrap();
    let named = admin.update_shop(first, |shop| name.clone_into(&mut shop.name));
    named.await.unwrap();
    // The server knows it within three seconds; a payer's next page is later.
    world
        .sandbox
        .advance_clock(std::time::Duration::from_secs(4));
}

#[tokio::test]
async fn a_payment_that_has_ended_unpaid_says_so_first_and_leads_back_to_the_shop_by_name() {
    let mut world = world().await;
    is_named(&mut world, "다있는몰").await;
    let payment = world.create(json!({ "return_url": null })).await;
    world.sandbox.play(payment.tid(), "quits").unwrap();
    let recover = format!("/v1/payments/{}/recover", payment.id());
    let recovered = world.request(Method::POST, &recover).send().await;
    assert_eq!(recovered.unwrap().status(), StatusCode::OK);
    let page = world.visit(&page_of(&world, payment.id())).await;
    assert!(page.shows("quit"), "{page:?}");
    let page = page.page;
    let title = page.split("<h1>").nth(1).unwrap();
    assert!(title.starts_with("결제되지 않았습니다 <span lang=\"en\">You were not charged"));
    assert!(page.contains("결제를 그만두었습니다."));
    let back = page.split("data-testid=\"to-shop\"").next().unwrap();
    assert!(back.ends_with(&format!("href=\"{HOME}\" ")), "{back}");
    assert!(page.contains("다있는몰로 돌아가기 <span lang=\"en\">Back to 다있는몰</span>"));
}

/// Where the server itself answers.
fn page_of(world: &World, id: &str) -> String {
    format!("{}/pay/{id}/result", world.url)
}

#[tokio::test]
async fn a_shop_that_nobody_has_named_is_called_the_shop() {
    let world = world().await;
    let payment = world.create(json!({ "return_url": null })).await;
    let page = world.visit(&page_of(&world, payment.id())).await.page;
    assert!(page.contains("상점으로 돌아가기 <span lang=\"en\">Back to the shop</span>"));
    assert!(!page.contains("data-testid=\"shop\""), "{page}");
    assert!(!page.contains(">first"), "{page}");
}

#[tokio::test]
async fn behind_a_path_links_lead_to_the_public_address_and_the_style_is_in_the_page() {
    let world = world().await;
    let payment = world.create(json!({ "return_url": null })).await;
    let page = world.visit(&page_of(&world, payment.id())).await.page;
    let pay = format!("https://shop.example/pay-server/pay/{}", payment.id());
    let mut links = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    assert_eq!(links.next(), Some(pay.as_str()));
    assert_eq!(links.next(), Some(HOME));
    assert_eq!(links.next(), None);
    let unknown = format!("{}/pay/pay_nobody_knows_it", world.url);
    for url in [page_of(&world, payment.id()), unknown] {
        let answer = world.http.get(url).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].clone();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("style-src 'sha256-"), "{policy}");
        assert!(
            !policy.contains("self") && !policy.contains("unsafe"),
            "{policy}"
        );
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("<style>") && !page.contains("<link"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn who_comes_to_an_address_that_is_none_is_sent_to_the_shop() {
    let world = world().await;
    let url = format!("{}/pay/pay_nobody_knows_it", world.url);
    let page = world.visit(&url).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.page.contains("상점에서 다시 시작해 주세요."));
    assert!(page.page.contains("Please start again at the shop."));
}
