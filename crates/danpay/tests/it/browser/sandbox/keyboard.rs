//! Without a pointer.

use fantoccini::key::Key;

use crate::support::{Device, Payer, World};

#[tokio::test]
async fn a_payer_buys_by_card_with_the_keyboard_alone() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    for stop in ["pay-on-this-device", "pay-card-shinhan", "authenticate"] {
        payer.tabs_to(stop).await;
        payer.hits(Key::Enter).await;
    }

    payer.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}
