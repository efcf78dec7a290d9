//! On a desktop: on the same device, and by a phone that scans the page.

use kakaopay_sandbox::PaymentStatus;

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn a_payer_on_a_desktop_pays_by_card_on_the_same_device() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-card-shinhan").await;

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn a_phone_pays_what_the_desktop_shows_and_the_desktop_goes_on_by_itself() {
    let world = World::start().await;
    let bought = world.order().await;
    let (desktop, phone) = Payer::with_both(Device::Desktop, Device::Android).await;

    desktop.opens(&bought.checkout_url).await;
    assert!(!desktop.is_without_scripts().await);
    phone.opens(&desktop.reads_link("qr").await).await;
    assert_eq!(world.ledger(&bought).status, PaymentStatus::SendTms);
    phone.presses("continue-here").await;
    phone.pays("pay-money").await;
    // The desktop may have been quicker than this page.
    phone
        .sees_any(&["closed-authenticated", "closed-paid"])
        .await;
    let stays = phone.url().await;
    assert!(stays.starts_with(world.sandbox.url()), "{stays}");

    desktop.ends_at(&bought.shops_page).await;
    let page = desktop.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, "MONEY").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    phone.leaves().await;
    desktop.leaves().await;
}
