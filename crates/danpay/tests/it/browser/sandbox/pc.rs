//! The PC's page: a QR code, or a message to the payer's KakaoTalk.

use kakaopay_sandbox::PaymentStatus;

use crate::support::{Device, Payer, World};

#[tokio::test]
async fn a_message_to_the_payers_phone_is_paid_from_and_the_pc_goes_on() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;
    let phone = format!("{}/_sandbox/phone", world.sandbox.url());
    payer.opens(&phone).await;
    payer.meets_no_barrier_at("number").await;

    payer.opens(&bought.checkout_url).await;
    payer.meets_no_barrier_at("qr").await;
    payer.presses("way-message").await;
    payer.meets_no_barrier_at("send-message").await;
    payer.types("phone", "01000000001").await;
    payer.types("birth", "900101").await;
    payer.presses("send-message").await;
    payer.meets_no_barrier_at("message-sent").await;
    let sent = payer.reads("message-sent").await;
    assert!(sent.contains("010-0000-0001"), "{sent}");
    assert_eq!(world.ledger(&bought).status, PaymentStatus::SendTms);

    let tab = payer.follows_to_a_new_tab("open-phone").await;
    payer.meets_no_barrier_at("message").await;
    let message = payer.reads("message").await;
    assert!(message.contains("초코파이"), "{message}");
    assert!(message.contains("2,200원"), "{message}");
    payer.presses("message-pay").await;
    payer.pays("pay-card-shinhan").await;
    // The PC may have been quicker than this page.
    let closed = ["closed-authenticated", "closed-paid"];
    payer.sees_any(&closed).await;
    payer.opens(&phone).await;
    payer.reads_at_last("message", "끝난 요청입니다").await;
    payer.meets_no_barrier_at("message").await;

    payer.turns_to(&tab).await;
    payer.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn a_number_that_gets_no_message_is_told_why() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&bought.checkout_url).await;
    payer.presses("way-message").await;

    for (phone, birth, why) in [
        ("02-123-4567", "900101", "휴대전화 번호를 다시"),
        ("010-1234-5678", "9001", "생년월일 여섯 자리"),
        ("010-0000-0009", "900101", "등록되지 않은 번호"),
    ] {
        payer.types("phone", phone).await;
        payer.types("birth", birth).await;
        payer.presses("send-message").await;
        payer.reads_at_last("wrong", why).await;
        payer.meets_no_barrier_at("wrong").await;
    }
    assert_eq!(world.ledger(&bought).status, PaymentStatus::Ready);
    payer.unfolds("tools").await;
    let people = payer.reads("tools").await;
    assert!(people.contains("010-0000-0009"), "{people}");
    payer.leaves().await;
}
