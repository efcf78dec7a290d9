//! On a phone: its browser, and a web view of the shop's own app.

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn a_payer_on_an_android_phone_pays_by_money() {
    buys(Device::Android, "pay-money", "MONEY").await;
}

#[tokio::test]
async fn a_payer_on_an_iphone_pays_by_card() {
    buys(Device::IPhone, "pay-card-shinhan", "CARD").await;
}

async fn buys(device: Device, button: &str, method: &str) {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(device).await;

    payer.opens(&bought.checkout_url).await;
    let page = payer.url().await;
    assert!(page.contains("/bridge/mobile-web/"), "{page}");
    payer.presses("continue-here").await;
    payer.pays(button).await;

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, method).await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn a_web_view_of_the_shops_app_gets_the_page_that_opens_kakaotalk() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::App).await;

    payer.opens(&bought.checkout_url).await;
    let page = payer.url().await;
    assert!(page.contains("/bridge/mobile-app/"), "{page}");
    assert!(payer.sees("app-scheme").await.is_displayed().await.unwrap());
    let scheme = payer.reads_link("app-scheme").await;
    let opens = format!("kakaotalk://kakaopay/pg?url={}/", world.sandbox.url());
    assert!(scheme.starts_with(&opens), "{scheme}");
    payer.presses("continue-here").await;
    payer.pays("pay-card-shinhan").await;

    payer.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}
