//! What a call that failed proves, code by code. The lists are written down from the SDK's table
//! (`error_code.md`) and from what is promised to shops, not from the code.

mod booked;

use kakaopay::ApiEndpoint;
use kakaopay::error_code;

use super::*;
use crate::gateway::tests::line::{Said, failed, method_no, no, quota_is_used_up, says, yes};

/// Our own key, merchant code, permission, address or IP.
const OURS: [i32; 15] = [
    -3, -4, -5, -301, -400, -401, -402, -403, -404, -730, -731, -732, -733, -798, -799,
];
/// For all we know one of them, once there is a payment.
const LIKE_OURS: [i32; 2] = [-2, -721];
const QUOTA: [i32; 2] = [-10, -429];
/// It may have been done, by this call or by one before.
const IN_DOUBT: [i32; 11] = [
    -1, -500, -503, -702, -780, -781, -782, -783, -784, -785, -9798,
];
/// The payer can mend it.
const PAYERS: [i32; 2] = [-761, -797];
/// A no to the call, without a meaning of its own to us.
const NO: [i32; 12] = [
    -703, -704, -705, -706, -707, -724, -725, -726, -750, -751, -752, -753,
];
/// The token is refused, and the time that is over.
const TOKEN: [i32; 3] = [-701, -708, -723];
/// What is left there is something else than we say.
const LEFT: [i32; 3] = [-710, -711, -722];

/// What no body can change: a call that did not arrive, an answer that did not.
fn silences() -> [Said; 8] {
    [
        Said::Lost,
        says(500, "{\"error_code\":-708}"),
        says(503, "{\"error_code\":-710}"),
        says(502, "<html>"),
        says(302, ""),
        says(404, "<html>"),
        says(400, "{\"error_code\":-999}"),
        yes(&json!({})),
    ]
}

async fn not_approved(said: Said) -> String {
    match super::not_approved(&failed(ApiEndpoint::Approve, said).await) {
        ApproveAnswer::NotSent => "not sent".to_owned(),
        ApproveAnswer::Unknown => "unknown".to_owned(),
        ApproveAnswer::Refused(Refused::WrongToken) => "wrong token".to_owned(),
        ApproveAnswer::Refused(Refused::Expired) => "expired".to_owned(),
        ApproveAnswer::Refused(Refused::Rejected { failure }) => failure.code,
        ApproveAnswer::Paid(paid) => panic!("{paid:?}"),
    }
}

async fn not_canceled(said: Said) -> String {
    match super::not_canceled(&failed(ApiEndpoint::Cancel, said).await) {
        CancelAnswer::NotSent(None) => "not sent".to_owned(),
        CancelAnswer::NotSent(Some(failure)) => format!("not sent: {}", failure.code),
        CancelAnswer::LeftDiffers(failure) => format!("left differs: {}", failure.code),
        CancelAnswer::Rejected(failure) => failure.code,
        CancelAnswer::Unknown => "unknown".to_owned(),
        CancelAnswer::Canceled(canceled) => panic!("{canceled:?}"),
    }
}

async fn not_looked_up(said: Said) -> Lookup {
    super::not_looked_up(&failed(ApiEndpoint::Order, said).await)
}

#[tokio::test]
async fn each_code_settles_an_approval_only_as_far_as_it_proves_something() {
    let table: &[(&str, &[i32])] = &[
        ("not sent", &OURS),
        ("not sent", &LIKE_OURS),
        ("not sent", &QUOTA),
        ("unknown", &IN_DOUBT),
        ("wrong token", &[-701, -708]),
        ("expired", &[-723]),
        ("payer_limit", &PAYERS),
        ("rejected", &NO),
        ("rejected", &LEFT),
    ];
    let mut count = 0;
    for &(expected, codes) in table {
        for &code in codes {
            assert_eq!(not_approved(no(code)).await, expected, "{code}");
            count += 1;
        }
    }
    assert_eq!(count, error_code::ALL.len());
}

#[tokio::test]
async fn each_code_settles_a_cancellation_only_as_far_as_it_proves_something() {
    let table: &[(&str, &[i32])] = &[
        ("not sent: kakaopay_setup", &OURS),
        ("not sent: kakaopay_setup", &[-721]),
        ("not sent", &QUOTA),
        ("unknown", &IN_DOUBT),
        ("left differs: rejected", &LEFT),
        ("payer_limit", &PAYERS),
        ("rejected", &NO),
        ("rejected", &TOKEN),
        // Of amounts, rather than of the merchant code that has been good for the approval.
        ("rejected", &[-2]),
    ];
    let mut count = 0;
    for &(expected, codes) in table {
        for &code in codes {
            assert_eq!(not_canceled(no(code)).await, expected, "{code}");
            count += 1;
        }
    }
    assert_eq!(count, error_code::ALL.len());
}

#[tokio::test]
async fn of_a_lookup_that_failed_only_an_unknown_tid_says_something() {
    for info in error_code::ALL {
        let expected = if info.code == -721 {
            Lookup::NotFound
        } else {
            Lookup::Inconclusive
        };
        assert_eq!(
            not_looked_up(no(info.code)).await,
            expected,
            "{}",
            info.code
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_settles_nothing() {
    for said in silences() {
        let case = format!("{said:?}");
        assert_eq!(not_approved(said.clone()).await, "unknown", "{case}");
        assert_eq!(not_canceled(said.clone()).await, "unknown", "{case}");
        assert_eq!(not_looked_up(said).await, Lookup::Inconclusive, "{case}");
    }
}

#[tokio::test]
async fn what_cannot_have_reached_kakaopay_was_not_sent() {
    assert_eq!(not_approved(Said::NotSent).await, "not sent");
    assert_eq!(not_canceled(Said::NotSent).await, "not sent");
    assert_eq!(not_looked_up(Said::NotSent).await, Lookup::Inconclusive);
}

#[tokio::test]
async fn the_status_comes_first_whatever_the_body_says() {
    for code in [-2, -710, -721, -723, -708] {
        let body = format!("{{\"error_code\":{code}}}");
        for status in [401, 403] {
            let says = || says(status, &body);
            let case = format!("{status} {code}");
            assert_eq!(not_approved(says()).await, "not sent", "{case}");
            assert_eq!(
                not_canceled(says()).await,
                "not sent: kakaopay_setup",
                "{case}"
            );
            assert_eq!(not_looked_up(says()).await, Lookup::Inconclusive, "{case}");
            assert!(
                is_setup(&failed(ApiEndpoint::Order, says()).await),
                "{case}"
            );
        }
        for status in [429, 500, 503] {
            let says = says(status, &body);
            assert_eq!(
                not_looked_up(says).await,
                Lookup::Inconclusive,
                "{status} {code}"
            );
        }
        let says = says(429, &body);
        assert_eq!(not_canceled(says).await, "not sent", "{code}");
    }
}

#[tokio::test]
async fn an_operator_is_asked_for_our_own_trouble_and_for_nothing_else() {
    for info in error_code::ALL {
        for endpoint in [
            ApiEndpoint::Approve,
            ApiEndpoint::Order,
            ApiEndpoint::Cancel,
        ] {
            let error = failed(endpoint, no(info.code)).await;
            let ours = OURS.contains(&info.code);
            assert_eq!(is_setup(&error), ours, "{} at {endpoint}", info.code);
        }
    }
    for said in silences() {
        assert!(!is_setup(&failed(ApiEndpoint::Approve, said).await));
    }
    assert!(!is_setup(
        &failed(ApiEndpoint::Approve, Said::NotSent).await
    ));
}

#[tokio::test]
async fn the_bank_decides_what_its_failure_proves() {
    for doubtful in ["USER_LOCKED", "BANK_FIRM_UNKNOWN", "9999"] {
        assert_eq!(not_approved(method_no(-780, doubtful)).await, "unknown");
        assert_eq!(not_canceled(method_no(-781, doubtful)).await, "unknown");
    }
    let refused = "payment_method_refused";
    assert_eq!(not_approved(method_no(-780, "8008")).await, refused);
    assert_eq!(not_canceled(method_no(-781, "6666")).await, refused);
}

#[tokio::test]
async fn a_refusal_is_told_in_both_languages_with_kakaopays_own_words() {
    let error = failed(ApiEndpoint::Approve, method_no(-780, "8008")).await;
    let told = failure(error.api_error().unwrap());
    assert_eq!(told.message, "The approval failed");
    assert_eq!(told.message_ko, "승인 실패");
    let kakaopay = told.kakaopay.unwrap();
    assert_eq!(kakaopay.error_code, Some(-780));
    assert_eq!(kakaopay.method_result_code.as_deref(), Some("8008"));
    assert_eq!(kakaopay.method_result_message.as_deref(), Some("승인 거절"));

    let long = json!({ "error_code": -999, "error_message": "가".repeat(501) });
    let error = failed(ApiEndpoint::Order, says(400, long.to_string())).await;
    let told = failure(error.api_error().unwrap());
    assert_eq!(
        (told.code.as_str(), told.message.as_str()),
        ("rejected", "KakaoPay refused")
    );
    let message = told.kakaopay.unwrap().error_message.unwrap();
    assert_eq!(message, format!("{}…", "가".repeat(500)));

    let error = failed(ApiEndpoint::Approve, no(-401)).await;
    assert_eq!(failure(error.api_error().unwrap()).code, "kakaopay_setup");
}

#[tokio::test]
async fn why_a_cancellation_was_turned_away_is_kept_in_kakaopays_words() {
    let error = failed(ApiEndpoint::Cancel, no(-721)).await;
    let CancelAnswer::NotSent(Some(why)) = super::not_canceled(&error) else {
        panic!("{error}");
    };
    assert_eq!(why.message_ko, "존재하지 않는 TID");
    assert_eq!(why.kakaopay.unwrap().error_code, Some(-721));
}

#[tokio::test]
async fn a_call_that_failed_is_recorded_with_what_is_certain() {
    for (said, outcome, code) in [
        (Said::NotSent, "not_sent", Value::Null),
        (quota_is_used_up(None), "not_sent", json!(-429)),
        (no(-706), "rejected", json!(-706)),
        (no(-702), "unknown", json!(-702)),
        (Said::Lost, "unknown", Value::Null),
    ] {
        let told = error(&failed(ApiEndpoint::Approve, said).await);
        assert_eq!(told["outcome"], outcome, "{told}");
        assert_eq!(told["kakaopay"]["error_code"], code, "{told}");
        assert!(
            told["error"].as_str().unwrap().contains("approve"),
            "{told}"
        );
    }
    let invalid = kakaopay::PgToken::try_from("").unwrap_err();
    let told = not_sent(&invalid);
    assert_eq!(told["outcome"], "not_sent");
    assert!(
        told["error"].as_str().unwrap().contains("pg_token"),
        "{told}"
    );
}
