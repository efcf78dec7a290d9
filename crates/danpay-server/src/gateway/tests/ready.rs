//! A payment is made ready: what is asked, what is taken, and what it means that it fails.

use super::line::{Said, no, quota_is_used_up, says, yes};
use super::*;

fn prepared(others: Value) -> Said {
    let url = |device: &str| format!("https://online-payment.kakaopay.com/bridge/{device}");
    let mut answer = json!({
        "tid": "T6a8d38329fd342cdd38", "created_at": "2027-01-15T17:00:00",
        "next_redirect_pc_url": url("pc"), "next_redirect_mobile_url": url("mobile"),
        "next_redirect_app_url": url("app"),
    });
    let members = answer.as_object_mut().unwrap();
    members.append(&mut serde_json::from_value(others).unwrap());
    yes(&answer)
}

async fn ready(line: &Line) -> Result<Answer<Ready>, ReadyError> {
    gateway(line).ready(id(), &order()).await
}

async fn failed(said: Said) -> ReadyError {
    ready(&Line::with([said])).await.err().unwrap()
}

#[tokio::test]
async fn kakaopays_number_and_addresses_are_taken() {
    let line = Line::with([prepared(json!({}))]);
    let Answer { answer, evidence } = ready(&line).await.unwrap();
    assert_eq!(answer.tid, "T6a8d38329fd342cdd38");
    let url = |device: &str| format!("https://online-payment.kakaopay.com/bridge/{device}");
    let redirect = RedirectUrls {
        pc: url("pc"),
        mobile: url("mobile"),
        app: url("app"),
    };
    assert_eq!(answer.redirect, redirect);
    assert_eq!(evidence["tid"], "T6a8d38329fd342cdd38");
    assert_eq!(line.keys(), [OLD]);
}

#[tokio::test]
async fn a_cup_deposit_is_named_where_there_is_one() {
    let line = Line::with([prepared(json!({})), prepared(json!({}))]);
    let gateway = gateway(&line);
    let mut order = order();
    gateway.ready(id(), &order).await.unwrap();
    order.amount.green_deposit = 300_u64.try_into().unwrap();
    gateway.ready(id(), &order).await.unwrap();
    let asked = line.asked();
    assert_eq!(asked[0].body.get("green_deposit"), None);
    assert_eq!(asked[1].body["green_deposit"], 300);
    // The split is always sent, so what is booked and canceled later is one and the same.
    assert_eq!(asked[0].body["vat_amount"], 200);
}

#[tokio::test]
async fn whose_trouble_it_is_that_a_payment_cannot_be_made_is_told_apart() {
    type Is = fn(&ReadyError) -> bool;
    let unreachable: Is = |error| matches!(error, ReadyError::Unreachable(_));
    let turned_away: Is = |error| matches!(error, ReadyError::TurnedAway(_));
    let setup: Is = |error| matches!(error, ReadyError::Setup(_));
    let refused: Is = |error| matches!(error, ReadyError::Refused(_));
    let no_answer: Is = |error| matches!(error, ReadyError::NoAnswer(_));
    for (said, is) in [
        (Said::NotSent, unreachable),
        (quota_is_used_up(None), turned_away),
        (no(-10), turned_away),
        (no(-401), setup),
        (no(-731), setup),
        (no(-799), setup),
        (says(403, "<html>"), setup),
        // Nothing exists yet that could be lost, so the order's own values are the likelier reason.
        (no(-2), refused),
        (no(-797), refused),
        (says(400, "{\"error_code\":-999}"), refused),
        (Said::Lost, no_answer),
        (no(-500), no_answer),
        (yes(&json!({})), no_answer),
    ] {
        let case = format!("{said:?}");
        let error = failed(said).await;
        assert!(is(&error), "{case}: {error:?}");
    }
}

#[tokio::test]
async fn a_payer_is_sent_to_nobody_but_kakaopay() {
    for device in ["pc", "mobile", "app"] {
        let foreign = json!({ format!("next_redirect_{device}_url"): "https://kakaopay.example/" });
        let error = failed(prepared(foreign)).await;
        assert!(matches!(error, ReadyError::ForeignRedirect), "{error:?}");
    }
}

#[tokio::test]
async fn a_payment_without_a_number_that_can_be_kept_is_none() {
    let error = failed(prepared(json!({ "tid": "T".repeat(65) }))).await;
    assert!(matches!(error, ReadyError::UnusableTid), "{error:?}");
}

#[tokio::test]
async fn it_is_asked_once_more_with_a_key_that_was_replaced_meanwhile() {
    let line = Line::with([no(-401), prepared(json!({}))]);
    let gateway = gateway_with_a_new_key(&line);
    gateway.ready(id(), &order()).await.unwrap();
    assert_eq!(line.keys(), [OLD, NEW]);
    assert!(has_complained(&gateway, -401));
}

#[tokio::test]
async fn it_is_not_asked_again_with_the_key_that_was_turned_away() {
    let line = Line::with([no(-401)]);
    let gateway = gateway(&line);
    assert!(gateway.ready(id(), &order()).await.is_err());
    assert_eq!(line.keys(), [OLD]);
    assert!(has_complained(&gateway, -401));
}

#[tokio::test]
async fn what_is_not_our_own_trouble_makes_nobody_read_keys_again() {
    for (said, code) in [(no(-797), -797), (no(-500), -500), (Said::Lost, 0)] {
        let line = Line::with([said]);
        let gateway = gateway_with_a_new_key(&line);
        assert!(gateway.ready(id(), &order()).await.is_err());
        assert_eq!(line.keys(), [OLD], "{code}");
        assert!(!has_complained(&gateway, code), "{code}");
    }
}
