//! The whole way against a KakaoPay that judges for itself: the sandbox shares no code with the
//! SDK.

use std::time::Duration;

use kakaopay::{
    ApiEndpoint, ApproveResponse, Device, Error, KakaoPay, OrderStatus, Outcome, PaymentMethodType,
    Proof, ReadyResponse, error_code,
};
use kakaopay_sandbox::{ERROR_CODES, Endpoint, Fault, FaultKind, Sandbox};

use crate::{approve_request, cancel_request, order_request, ready_request, tid};

const SECRET_KEY: &str = "DEV0123456789ABCDEF0123456789ABCDEF01234";

/// A sandbox, a client of it, and a payment that it has prepared.
struct Prepared {
    sandbox: Sandbox,
    kakaopay: KakaoPay,
    ready: ReadyResponse,
}

async fn prepared() -> Prepared {
    let sandbox = Sandbox::builder()
        .secret_key(SECRET_KEY)
        .start()
        .await
        .unwrap();
    let kakaopay = KakaoPay::builder(SECRET_KEY)
        .base_url(sandbox.url())
        .build()
        .unwrap();
    let ready = kakaopay.ready(&ready_request()).await.unwrap();
    Prepared {
        sandbox,
        kakaopay,
        ready,
    }
}

impl Prepared {
    /// The `pg_token` that the payer brings back.
    fn play(&self, script: &str) -> String {
        let back = self.sandbox.play(self.ready.tid.as_str(), script).unwrap();
        let (_, token) = back.split_once("pg_token=").unwrap();
        token.to_owned()
    }

    async fn approve(&self, pg_token: &str) -> Result<ApproveResponse, Error> {
        let request = approve_request(self.ready.tid.clone(), pg_token);
        self.kakaopay.approve(&request).await
    }

    async fn status(&self) -> OrderStatus {
        self.kakaopay
            .order(&order_request(self.ready.tid.clone()))
            .await
            .unwrap()
            .status
    }

    fn approvals(&self) -> u32 {
        self.sandbox
            .payment(self.ready.tid.as_str())
            .unwrap()
            .approvals
    }
}

fn refused(error: &Error) -> (Outcome, Option<i32>) {
    (
        error.outcome(),
        error.api_error().and_then(|error| error.error_code),
    )
}

#[tokio::test]
async fn a_card_pays_and_is_told_about() {
    let payment = prepared().await;
    for device in [Device::Pc, Device::Mobile, Device::App] {
        let page = payment.ready.redirect_url(device);
        let address = payment.kakaopay.payer_address(page);
        assert_eq!(address.as_deref(), Some(page));
    }
    assert_eq!(payment.status().await, OrderStatus::Ready);
    let token = payment.play("pays_by_card");
    assert_eq!(payment.status().await, OrderStatus::AuthPassword);
    let approved = payment.approve(&token).await.unwrap();
    assert_eq!(approved.payment_method_type, PaymentMethodType::Card);
    assert!(approved.card_info.unwrap().kakaopay_issuer_corp.is_some());
    assert_eq!((approved.amount.total, approved.amount.vat), (2_200, 200));
    assert!(approved.approved_at.unwrap() >= approved.created_at.unwrap());
    assert_eq!(payment.status().await, OrderStatus::SuccessPayment);
    assert_eq!(payment.approvals(), 1);
}

#[tokio::test]
async fn money_pays_and_goes_back_in_parts() {
    let payment = prepared().await;
    let token = payment.play("pays_by_money");
    let approved = payment.approve(&token).await.unwrap();
    assert_eq!(approved.payment_method_type, PaymentMethodType::Money);
    assert!(approved.card_info.is_none());

    let mut part = cancel_request(payment.ready.tid.clone()).cancel_available_amount(2_200);
    part.cancel_amount = 1_100;
    let canceled = payment.kakaopay.cancel(&part).await.unwrap();
    assert_eq!(canceled.status, OrderStatus::PartCancelPayment);
    assert_eq!(
        canceled.approved_cancel_amount.unwrap().vat,
        kakaopay::vat(1_100, 0)
    );
    assert_eq!(canceled.cancel_available_amount.unwrap().total, 1_100);
    assert_ne!(canceled.aid, approved.aid);

    let too_much = payment
        .kakaopay
        .cancel(&cancel_request(payment.ready.tid.clone()))
        .await;
    assert_eq!(
        refused(&too_much.unwrap_err()),
        (Outcome::Rejected, Some(-710))
    );
    let rest = payment
        .kakaopay
        .cancel(&part.cancel_available_amount(1_100))
        .await
        .unwrap();
    assert_eq!(rest.status, OrderStatus::CancelPayment);
    let order = order_request(payment.ready.tid.clone());
    let order = payment.kakaopay.order(&order).await.unwrap();
    assert_eq!(order.payment_action_details.len(), 3);
    assert_eq!(order.canceled_amount.unwrap().total, 2_200);
}

#[tokio::test]
async fn a_payer_who_gives_up_has_not_paid() {
    let payment = prepared().await;
    let back = payment
        .sandbox
        .play(payment.ready.tid.as_str(), "quits")
        .unwrap();
    assert!(back.starts_with("https://shop.example/cancel"));
    let status = payment.status().await;
    assert!(status.ended_unpaid());
    assert_eq!(status, OrderStatus::QuitPayment);
}

#[tokio::test]
async fn a_wrong_key_or_merchant_code_is_rejected() {
    let payment = prepared().await;
    let stranger = KakaoPay::builder("DEVWRONG")
        .base_url(payment.sandbox.url())
        .build()
        .unwrap();
    let error = stranger.ready(&ready_request()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(error.api_error().unwrap().http_status, 401);
    assert!(!format!("{error} {error:?}").contains("DEVWRONG"));

    let other = ready_request().cid("C000000001".parse().unwrap());
    let error = payment.kakaopay.ready(&other).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-731)));
}

#[tokio::test]
async fn an_approval_that_does_not_fit_is_rejected_and_the_payment_lives_on() {
    let payment = prepared().await;
    assert_eq!(
        refused(&payment.approve("00000000000000000000").await.unwrap_err()),
        (Outcome::Rejected, Some(-701)),
        "before the payer has authenticated"
    );
    let token = payment.play("pays_by_card");
    let mut request = approve_request(payment.ready.tid.clone(), &token);
    request.partner_order_id = "order-2".parse().unwrap();
    let error = payment.kakaopay.approve(&request).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-706)));
    request = approve_request(payment.ready.tid.clone(), &token);
    request.partner_user_id = "user-2".parse().unwrap();
    let error = payment.kakaopay.approve(&request).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-707)));
    let error = payment.approve("00000000000000000000").await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-708)));
    assert!(payment.approve(&token).await.is_ok());
    assert_eq!(payment.approvals(), 1);
}

#[tokio::test]
async fn a_second_approval_is_no_rejection() {
    let payment = prepared().await;
    let token = payment.play("pays_by_card");
    payment.approve(&token).await.unwrap();
    let error = payment.approve(&token).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Unknown, Some(-702)));
    assert_eq!(payment.status().await, OrderStatus::SuccessPayment);
}

#[tokio::test]
async fn after_fifteen_minutes_nothing_can_be_approved() {
    let payment = prepared().await;
    let token = payment.play("pays_by_card");
    payment
        .sandbox
        .advance_clock(Duration::from_secs(15 * 60 + 1));
    let error = payment.approve(&token).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-723)));
    assert_eq!(payment.approvals(), 0);
}

#[tokio::test]
async fn an_unknown_payment_is_rejected() {
    let payment = prepared().await;
    let error = payment
        .kakaopay
        .order(&order_request(tid()))
        .await
        .unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-721)));
}

#[tokio::test]
async fn an_approval_whose_answer_is_lost_is_in_doubt_until_it_is_looked_up() {
    for (fault, paid) in [
        (FaultKind::AnswerLostAfterCommit, true),
        (FaultKind::ResetBefore, false),
        (FaultKind::Error500, false),
        (FaultKind::Error503, false),
    ] {
        let payment = prepared().await;
        let token = payment.play("pays_by_card");
        payment.sandbox.inject(Fault::new(Endpoint::Approve, fault));
        let error = payment.approve(&token).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{fault:?}: {error:?}");
        let status = payment.status().await;
        assert_eq!(status.was_approved(), paid, "{fault:?}");
        assert_eq!(payment.approvals(), u32::from(paid), "{fault:?}: sent once");
    }
}

#[tokio::test]
async fn both_readings_of_the_documentation_know_the_same_codes_and_each_proves_what_it_says() {
    let known = ERROR_CODES.iter().map(|(code, _)| *code).collect();
    let explained = error_code::ALL.iter().map(|info| info.code);
    assert_eq!(explained.collect::<Vec<_>>(), sorted(known));
    let payment = prepared().await;
    for &(code, http_status) in ERROR_CODES {
        let info = error_code::describe(code).unwrap();
        assert_eq!(info.http_status, http_status, "{code}");
        let fault = Fault::error(Endpoint::Cancel, code);
        payment.sandbox.inject(fault);
        let request = cancel_request(payment.ready.tid.clone());
        let error = payment.kakaopay.cancel(&request).await.unwrap_err();
        assert_eq!(error.proof(), info.proves(ApiEndpoint::Cancel), "{code}");
        assert_eq!(error.outcome(), error.proof().outcome(), "{code}");
    }
}

/// From -1 down, as the SDK's table stands.
fn sorted(mut codes: Vec<i32>) -> Vec<i32> {
    codes.sort_unstable_by_key(|code| -code);
    codes
}

#[tokio::test]
async fn a_key_that_was_replaced_says_nothing_about_the_payment() {
    let payment = prepared().await;
    let token = payment.play("pays_by_card");
    payment.sandbox.set_secret_key(Some("DEVNEW"));
    let error = payment.approve(&token).await.unwrap_err();
    assert_eq!(refused(&error), (Outcome::Rejected, Some(-401)));
    assert_eq!(error.proof(), Proof::Setup);
    payment.sandbox.set_secret_key(Some(SECRET_KEY));
    payment.approve(&token).await.unwrap();

    payment.sandbox.set_secret_key(Some("DEVNEW"));
    let cancel = cancel_request(payment.ready.tid.clone());
    let error = payment.kakaopay.cancel(&cancel).await.unwrap_err();
    assert_eq!(error.proof(), Proof::Setup);
    payment.sandbox.set_secret_key(Some(SECRET_KEY));
    payment.kakaopay.cancel(&cancel).await.unwrap();
    assert_eq!(payment.status().await, OrderStatus::CancelPayment);
}
