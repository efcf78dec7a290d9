//! The examples of the front page, against danpay itself.

use danpay_client::{
    CancellationStatus, NewCancellation, Outcome, PaymentStatus, ProblemCode, Role,
};
use danpay_testkit::in_process::serve;

use crate::{key, order};

#[tokio::test]
async fn a_payment_is_made_paid_and_given_back() {
    let served = serve().await.unwrap();
    let danpay = served.client().unwrap();

    let shop = danpay.shop().await.unwrap();
    assert!(shop.enabled && !shop.is_live());
    assert_eq!(shop.key.role, Role::Full);
    assert_eq!(shop.accounts[0].cid, "TC0ONETIME");

    let new = order("order-1001")
        .return_url("https://shop.example/orders/1001")
        .metadata("coupon", "가을");
    let attempt = key("order-1001-attempt-1");
    let payment = danpay.create(&attempt, &new).await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Ready);
    assert!(payment.checkout_url.is_some());
    assert_eq!(payment.metadata["coupon"], "가을");
    // The button is pressed twice.
    let again = danpay.create(&attempt, &new).await.unwrap();
    assert_eq!(again, payment);

    served.pay(&payment).await.unwrap();
    let paid = served
        .until(&payment, PaymentStatus::Approved)
        .await
        .unwrap();
    assert!(paid.status.is_paid() && paid.approved_at.is_some());
    assert_eq!((paid.amount.total, paid.amount.vat), (2_200, 200));
    assert_eq!(danpay.recover(&payment.id).await.unwrap(), paid);

    let refund = key("order-1001-refund-1");
    let half = NewCancellation::part(1_100)
        .expected_left(2_200)
        .reason("품절");
    let canceled = danpay.cancel(&payment.id, &refund, &half).await.unwrap();
    assert!(canceled.is_done());
    assert_eq!(canceled.payment.cancel_available_amount.total, 1_100);
    // Asked for again, it goes back once.
    let again = danpay.cancel(&payment.id, &refund, &half).await.unwrap();
    assert_eq!(again, canceled);

    let rest = key("order-1001-refund-2");
    let all = NewCancellation::all();
    let canceled = danpay.cancel(&payment.id, &rest, &all).await.unwrap();
    assert_eq!(canceled.payment.status, PaymentStatus::Canceled);
    let statuses = canceled.payment.cancellations.iter();
    assert!(
        statuses
            .map(|one| &one.status)
            .all(|status| *status == CancellationStatus::Done)
    );

    let ledger = served.sandbox.payment(&payment.tid).unwrap();
    assert_eq!((ledger.approvals, ledger.total), (1, 2_200));
    served.stop().await.unwrap();
}

#[tokio::test]
async fn a_shop_that_decides_itself_approves_or_withdraws() {
    let served = serve().await.unwrap();
    let danpay = served.client().unwrap();
    let new = order("order-1").approve_manually();
    let payment = danpay.create(&key("1"), &new).await.unwrap();

    let early = danpay.approve(&payment.id).await.unwrap_err();
    assert_eq!(early.outcome(), Outcome::Refused);
    assert_eq!(early.code(), Some(&ProblemCode::WrongStatus));
    let stands = early.problem().unwrap().payment_status.clone();
    assert_eq!(stands, Some(PaymentStatus::Ready));

    served.pay(&payment).await.unwrap();
    served
        .until(&payment, PaymentStatus::Authenticated)
        .await
        .unwrap();
    let approved = danpay.approve(&payment.id).await.unwrap();
    assert_eq!(approved.status, PaymentStatus::Approved);
    assert_eq!(danpay.approve(&payment.id).await.unwrap(), approved);

    let new = order("order-2").approve_manually();
    let payment = danpay.create(&key("2"), &new).await.unwrap();
    for _ in 0..2 {
        let withdrawn = danpay.withdraw(&payment.id).await.unwrap();
        assert_eq!(withdrawn.status, PaymentStatus::Withdrawn);
    }
    let late = danpay.approve(&payment.id).await.unwrap_err();
    assert_eq!(late.code(), Some(&ProblemCode::ApprovalEnded));
    let stands = late.problem().unwrap().payment.clone().unwrap();
    assert!(stands.status.ended_unpaid());
    served.stop().await.unwrap();
}
