//! danpay's books, as a shop can read them.

use anyhow::{Result, ensure};
use danpay_client::{Approval, CancellationStatus, Danpay, Payment, PaymentFilter, PaymentStatus};

/// All payments, newest first.
pub async fn all(danpay: &Danpay) -> Result<Vec<Payment>> {
    newest(danpay, usize::MAX).await
}

/// So many of the newest, newest first. None of them may be damaged.
pub async fn newest(danpay: &Danpay, most: usize) -> Result<Vec<Payment>> {
    let mut list = danpay.payments(PaymentFilter::new());
    let mut payments = Vec::new();
    while payments.len() < most
        && let Some(payment) = list.next().await.transpose()?
    {
        payments.push(payment);
    }
    let damaged = list.damaged();
    ensure!(damaged.is_empty(), "rows are damaged: {damaged:?}");
    Ok(payments)
}

/// Whether there is something that recovery has to end.
pub fn is_in_doubt(payment: &Payment) -> bool {
    let mut cancellations = payment.cancellations.iter();
    payment.status == PaymentStatus::Approving
        || waits_for_turn(payment)
        || cancellations.any(|one| one.status == CancellationStatus::Pending)
}

/// Whether its payer is back and it waits, since another payment of its order is being approved.
pub fn waits_for_turn(payment: &Payment) -> bool {
    payment.status == PaymentStatus::Authenticated && payment.approval == Approval::Automatic
}
