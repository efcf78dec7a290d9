//! A shop that takes a payment and gives half of it back: the whole of the documentation's front page,
//! against a danpay and a KakaoPay of its own. `cargo run -p danpay-client --example shop`

#![expect(clippy::print_stdout, reason = "it shows what a shop sees")]

use danpay_client::{
    EventType, IdempotencyKey, NewCancellation, NewPayment, Outcome, PaymentStatus, ProblemCode,
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Here danpay is served by this program. A shop has only its address and its API key:
    // `Danpay::builder("https://pay.shop.example", std::env::var("DANPAY_API_KEY")?).build()?`.
    let served = danpay_testkit::in_process::serve().await?;
    let danpay = served.client()?;
    let shop = danpay.shop().await?;
    println!("selling for {}, real money: {}", shop.id, shop.is_live());

    // The customer presses the button. The key names this press.
    let key: IdempotencyKey = "order-1001-attempt-1".parse()?;
    let new = NewPayment::new("order-1001", "member-42", "초코파이", 2_200)
        .return_url("https://shop.example/orders/1001");
    let payment = danpay.create(&key, &new).await?;
    println!("send the payer to {:?}", payment.checkout_url);

    // The payer pays, and comes back to the shop.
    served.pay(&payment).await?;
    let payment = danpay.payment(&payment.id).await?;
    println!("it is {}", payment.status);
    if payment.status != PaymentStatus::Approved {
        return Err("it is not paid".into());
    }

    // The button is pressed once more in another tab.
    let second: IdempotencyKey = "order-1001-attempt-2".parse()?;
    match danpay.create(&second, &new).await {
        Ok(payment) => return Err(format!("sold twice: {}", payment.id).into()),
        Err(error) if error.code() == Some(&ProblemCode::OrderAlreadyPaid) => {
            println!("the order is paid already");
        }
        Err(error) => match error.outcome() {
            Outcome::NotSent | Outcome::Refused => return Err(error.into()),
            Outcome::Unknown => return Err("ask again with the same key".into()),
        },
    }

    // Half of it goes back.
    let refund: IdempotencyKey = "order-1001-refund-1".parse()?;
    let half = NewCancellation::part(1_100)
        .expected_left(2_200)
        .reason("품절");
    let canceled = danpay.cancel(&payment.id, &refund, &half).await?;
    println!(
        "done: {}, left: {}",
        canceled.is_done(),
        canceled.payment.cancel_available_amount.total
    );

    // What a shop that was away would have been told.
    let mut events = danpay.follow_events(None);
    while let Some(event) = events.next().await.transpose()? {
        println!("{} {}", event.sequence, event.r#type);
        if event.r#type == EventType::PartiallyCanceled {
            break;
        }
    }
    served.stop().await?;
    Ok(())
}
