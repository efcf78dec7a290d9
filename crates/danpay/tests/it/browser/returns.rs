//! The addresses KakaoPay sends payers back to, opened again, at once, or by somebody else.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, PaymentStatus};

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn the_approval_address_opened_again_and_reloaded_approves_nothing_more() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Android).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.pays("pay-card-shinhan").await;
    payer.ends_at(&bought.shops_page).await;

    let asked_for = payer.asked_for().await;
    let approval = world.address(&bought, "approval_url").await;
    let approval = asked_for.iter().find(|url| url.starts_with(&approval));
    let approval = approval.expect("KakaoPay's page has sent the payer there");
    for _ in 0..2 {
        payer.opens(approval).await;
        payer.ends_at(&bought.shops_page).await;
        payer.reloads().await;
        payer.ends_at(&bought.shops_page).await;
    }

    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn two_tabs_that_come_back_at_once_approve_once_and_both_see_it() {
    let world = World::frozen().await;
    let bought = world.order().await;
    // Nobody hears of the approval before the test lets recovery look: it is answered later than
    // anyone waits.
    let late = Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit).delay_ms(60_000);
    world.sandbox.inject(late);
    let approval = world.sandbox.play(&bought.tid, "pays_by_card").unwrap();
    let payer = Payer::with(Device::Desktop).await;

    let tabs = payer.opens_twice(&approval).await;
    for tab in &tabs {
        payer.turns_to(tab).await;
        payer.ends_at(&bought.result_page).await;
        let page = payer.reads("waiting").await;
        assert!(page.contains("다시 결제하지 마세요"), "{page}");
    }
    assert_eq!(world.books(&bought).await.status.as_str(), "approving");
    world.advance(60);

    for tab in &tabs {
        payer.turns_to(tab).await;
        payer.ends_at(&bought.shops_page).await;
        let page = payer.reads(shop::PAGE).await;
        assert!(page.starts_with("approved"), "{page}");
    }
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn giving_up_in_another_tab_and_forging_it_change_nothing_for_who_goes_on_paying() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("pay-on-this-device").await;
    payer.presses("pay-card-shinhan").await;
    payer.sees("authenticate").await;
    let cancel = world.address(&bought, "cancel_url").await;
    let (forged, _) = cancel.rsplit_once('/').unwrap();
    payer
        .meanwhile(async || {
            payer.opens_missing(forged).await;
            payer.sees("not-found").await;
            payer.opens(&cancel).await;
            payer.ends_at(&bought.result_page).await;
            let page = payer.reads("not-yet-paid").await;
            assert!(page.contains("아직 결제되지 않았습니다"), "{page}");
        })
        .await;
    assert_eq!(world.ledger(&bought).status, PaymentStatus::SelectMethod);
    payer.presses("authenticate").await;

    payer.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn a_made_up_pg_token_leaves_the_payment_payable() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Android).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.sees("pay-money").await;
    let approval = world.address(&bought, "approval_url").await;
    let forged = format!("{approval}?pg_token=0123456789abcdef0123");
    payer
        .meanwhile(async || {
            payer.opens(&forged).await;
            payer.ends_at(&bought.result_page).await;
            // KakaoPay's no is believed once no call can take effect any more.
            world.advance(35);
            payer.sees("not-yet-paid").await;
        })
        .await;
    world.is_unpaid_after(&bought, "ready", 1).await;
    payer.pays("pay-money").await;

    payer.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "MONEY").await;
    assert_eq!(world.ledger(&bought).approve_calls, 2);
    payer.leaves().await;
}
