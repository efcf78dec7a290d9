//! Requests that are made of what is known already.

use kakaopay::{CancelRequest, KakaoPay, OrderRequest, OrderStatus, ReadyRequest, ReadyResponse};
use kakaopay_sandbox::Sandbox;
use serde_json::json;

use crate::{ready_request, tid};

fn mixed() -> ReadyRequest {
    ready_request().tax_free_amount(1_000).vat_amount(150)
}

#[test]
fn an_approval_is_asked_for_with_the_code_the_ids_and_the_amount_of_ready() {
    let ready = ready_request()
        .cid("C000000001".parse().unwrap())
        .cid_secret("0123456789abcdef01234567".parse().unwrap());
    let approve = ready.approve(tid(), "token".parse().unwrap());
    assert_eq!(
        serde_json::to_value(approve).unwrap(),
        json!({"cid": "C000000001", "cid_secret": "0123456789abcdef01234567",
            "tid": "T1234567890123456789", "partner_order_id": "order-1",
            "partner_user_id": "user-1", "pg_token": "token", "total_amount": 2_200})
    );
}

#[test]
fn a_payment_ends_fifteen_minutes_after_it_was_made_ready() {
    let body = |created_at: &str| {
        json!({"tid": "T1", "next_redirect_app_url": "a", "next_redirect_mobile_url": "m",
            "next_redirect_pc_url": "p", "created_at": created_at})
    };
    let ready = |created_at| serde_json::from_value::<ReadyResponse>(body(created_at)).unwrap();
    let expires_at = ready("2025-08-25T23:59:00").expires_at().unwrap();
    assert_eq!(expires_at.to_string(), "2025-08-26T00:14:00");
    assert_eq!(ready("soon").expires_at(), None);
    assert_eq!(ready("9999-12-31T07:00:00").expires_at(), None);
    assert_eq!(ready("soon"), ready("later"));
}

#[tokio::test]
async fn the_rest_goes_back_to_the_won_whoever_has_stated_the_vat() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let kakaopay = KakaoPay::builder("DEV").base_url(sandbox.url());
    let kakaopay = kakaopay.build().unwrap();
    for (ready, mut half) in [
        (
            mixed(),
            CancelRequest::new(tid(), 777, 333).cancel_vat_amount(41),
        ),
        (ready_request(), CancelRequest::new(tid(), 777, 0)),
    ] {
        let tid = kakaopay.ready(&ready).await.unwrap().tid;
        let back = sandbox.play(tid.as_str(), "pays_by_card").unwrap();
        let (_, token) = back.split_once("pg_token=").unwrap();
        let approve = ready.approve(tid.clone(), token.parse().unwrap());
        kakaopay.approve(&approve).await.unwrap();

        half.tid = tid.clone();
        kakaopay.cancel(&half).await.unwrap();
        let order = kakaopay
            .order(&OrderRequest::new(tid.clone()))
            .await
            .unwrap();
        assert!(!order.is_paid_in_full(2_200));
        let rest = CancelRequest::rest(tid.clone(), &order.cancel_available_amount.unwrap());
        let canceled = kakaopay.cancel(&rest).await.unwrap();
        assert_eq!(canceled.status, OrderStatus::CancelPayment);
        assert_eq!(canceled.canceled_amount, canceled.amount);
    }
}

#[test]
fn a_status_is_read_from_any_text() {
    let status: OrderStatus = "SUCCESS_PAYMENT".parse().unwrap();
    assert_eq!(status, OrderStatus::SuccessPayment);
}
