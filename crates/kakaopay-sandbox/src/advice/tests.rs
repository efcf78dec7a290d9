//! Calls as clients get them wrong, and the name of the advice that each is given.

mod body;
mod door;

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::{Advice, Seen, Sign};
use crate::call::{Answer, Call};

const READY: &str = "/online/v1/payment/ready";
const APPROVE: &str = "/online/v1/payment/approve";
const ORDER: &str = "/online/v1/payment/order";
const CANCEL: &str = "/online/v1/payment/cancel";

fn advise(call: &Call, answer: Option<&Answer>) -> Vec<Advice> {
    let signs = &[];
    super::advise(&Seen {
        call,
        answer,
        fault: None,
        signs,
    })
}

fn call(path: &str, body: impl Into<Bytes>) -> Call {
    let mut headers = HeaderMap::new();
    let key = HeaderValue::from_static("SECRET_KEY DEV0");
    headers.insert(header::AUTHORIZATION, key);
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    Call {
        method: Method::POST,
        path: path.to_owned(),
        query: None,
        headers,
        body: body.into(),
        came: std::time::Instant::now(),
        only_key: None,
    }
}

fn with(name: header::HeaderName, value: &'static str) -> Call {
    let mut call = call(READY, ready(json!({})));
    call.headers.insert(name, HeaderValue::from_static(value));
    call
}

fn ready(changes: Value) -> String {
    let mut body = json!({
        "cid": "TC0ONETIME",
        "partner_order_id": "order-1",
        "partner_user_id": "user-1",
        "item_name": "초코파이",
        "quantity": "1",
        "total_amount": 2200,
        "tax_free_amount": 0,
        "approval_url": "https://shop.example/approve",
        "cancel_url": "https://shop.example/cancel",
        "fail_url": "https://shop.example/fail",
    });
    if let (Value::Object(body), Value::Object(changes)) = (&mut body, changes) {
        body.extend(changes);
    }
    body.to_string()
}

fn without(field: &str) -> String {
    ready(json!({ field: null }))
}

fn refusal(status: StatusCode, code: i64) -> Answer {
    Answer {
        status,
        body: json!({ "error_code": code, "error_message": "no!" }).to_string(),
    }
}

fn names(call: &Call, answer: &Answer) -> Vec<&'static str> {
    let said = advise(call, Some(answer));
    for advice in &said {
        assert!(advice.en.ends_with('.') && advice.ko.ends_with('.'));
    }
    said.iter().map(|advice| advice.name).collect()
}

fn refused(call: &Call) -> Vec<&'static str> {
    names(call, &refusal(StatusCode::BAD_REQUEST, -2))
}

#[test]
fn a_call_that_works_gets_no_advice() {
    let fine = Answer {
        status: StatusCode::OK,
        body: "{}".to_owned(),
    };
    let body = ready(json!({ "vat_amount": "200.00", "auto_approve": true, "item_code": "" }));
    assert!(names(&call(READY, body), &fine).is_empty());
}

#[test]
fn a_refusal_of_a_call_that_is_well_formed_is_explained_by_its_code() {
    let body = json!({
        "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38", "pg_token": "x",
        "partner_order_id": "1", "partner_user_id": "1",
        "cancel_amount": 1, "cancel_tax_free_amount": 0,
    });
    for (path, code, name) in [
        (APPROVE, -701, "not_authenticated"),
        (APPROVE, -702, "approve_repeated"),
        (APPROVE, -706, "order_id_differs"),
        (APPROVE, -707, "user_id_differs"),
        (APPROVE, -708, "wrong_token"),
        (APPROVE, -721, "unknown_tid"),
        (APPROVE, -723, "too_late"),
        (APPROVE, -780, "method_failed"),
        (APPROVE, -731, "wrong_cid"),
        (CANCEL, -710, "above_available"),
        (CANCEL, -722, "split_does_not_fit"),
        (CANCEL, -784, "cannot_cancel"),
        (ORDER, -500, "unknown_result"),
    ] {
        let answer = refusal(StatusCode::BAD_REQUEST, code);
        let call = call(path, body.to_string());
        assert_eq!(names(&call, &answer), [name], "{code}");
    }
}

#[test]
fn a_tid_that_cannot_be_one_is_told_apart() {
    for (body, said) in [
        (
            json!({ "cid": "TC0ONETIME", "partner_order_id": "1" }),
            vec!["no_tid"],
        ),
        (
            json!({ "cid": "TC0ONETIME", "tid": "A6a8d3a301d33ed2dc3c" }),
            vec!["aid_as_tid"],
        ),
        (
            json!({ "cid": "TC0ONETIME", "tid": "1" }),
            vec!["tid_shape"],
        ),
        (
            json!({ "cid": "TC0ONETIME", "tid": "null" }),
            vec!["null_tid"],
        ),
    ] {
        assert_eq!(refused(&call(ORDER, body.to_string())), said, "{body}");
    }
}

#[test]
fn a_misspelt_field_that_may_be_left_out_is_warned_of_although_it_works() {
    let fine = Answer {
        status: StatusCode::OK,
        body: "{}".to_owned(),
    };
    for field in [
        "vatAmount",
        "instal_month",
        "payment_method_tpye",
        "availableCards",
    ] {
        let call = call(READY, ready(json!({ field: 1 })));
        assert_eq!(names(&call, &fine), ["misspelt_optional"], "{field}");
    }
    let cancel = json!({
        "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38", "cancel_amount": 1,
        "cancel_tax_free_amount": 0, "cancel_vat_amout": 0, "cancel_reason": "x",
    });
    assert_eq!(
        names(&call(CANCEL, cancel.to_string()), &fine),
        ["misspelt_optional"]
    );
}

#[test]
fn at_ready_nothing_is_said_of_looking_up_a_tid() {
    for code in [-500, -503, -9798, -785] {
        let answer = refusal(StatusCode::INTERNAL_SERVER_ERROR, code);
        let call = call(READY, ready(json!({})));
        assert_eq!(names(&call, &answer), ["ready_again"], "{code}");
    }
    let call = call(READY, ready(json!({})));
    let lost = super::advise(&Seen {
        call: &call,
        answer: None,
        fault: Some(crate::fault::FaultKind::AnswerLostAfterCommit),
        signs: &[],
    });
    assert_eq!(lost[0].name, "ready_again");
}

#[test]
fn what_the_books_know_says_more_than_the_code() {
    let body = json!({
        "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38", "pg_token": "x",
        "partner_order_id": "1", "partner_user_id": "1",
        "cancel_amount": 1, "cancel_tax_free_amount": 0,
    });
    for (path, code, sign, name) in [
        (APPROVE, -708, Sign::TokenOfAnother, "token_mixed_up"),
        (APPROVE, -701, Sign::TokenOfAnother, "token_mixed_up"),
        (APPROVE, -708, Sign::TokenOfNobody, "token_invented"),
        (
            CANCEL,
            -722,
            Sign::Fitting {
                tax_free: 7,
                vat: 201,
            },
            "split_does_not_fit",
        ),
    ] {
        let call = call(path, body.to_string());
        let answer = refusal(StatusCode::BAD_REQUEST, code);
        let said = super::advise(&Seen {
            call: &call,
            answer: Some(&answer),
            fault: None,
            signs: &[sign],
        });
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].name, name);
        if name == "split_does_not_fit" {
            assert!(said[0].en.contains("cancel_vat_amount 201") && said[0].ko.contains("201"));
        }
    }
}

#[test]
fn the_predecessors_calls_get_all_advice_where_they_are_served() {
    let old = |body: &'static str, authorization: &'static str| {
        let mut call = call("/v1/payment/ready", body);
        let key = HeaderValue::from_static(authorization);
        call.headers.insert(header::AUTHORIZATION, key);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");
        call.headers.insert(header::CONTENT_TYPE, form);
        call
    };
    let answer = Answer {
        status: StatusCode::BAD_REQUEST,
        body: json!({ "code": -2, "msg": "no!" }).to_string(),
    };
    let ready = "cid=TC0ONETIME&partner_order_id=1&partner_user_id=1&item_name=x&quantity=1\
                 &total_amount=2200&approval_url=http://s.example&cancel_url=http://s.example\
                 &fail_url=http://s.example";
    assert_eq!(
        names(&old(ready, "KakaoAK 0123"), &answer),
        ["no_tax_free_amount"]
    );
    assert_eq!(
        names(&old(ready, "SECRET_KEY DEV0"), &answer),
        ["old_scheme"]
    );
    let gone = refusal(StatusCode::NOT_FOUND, -404);
    assert_eq!(names(&old(ready, "KakaoAK 0123"), &gone), ["old_address"]);
    let mut json = old("{}", "KakaoAK 0123");
    let kind = HeaderValue::from_static("application/json");
    json.headers.insert(header::CONTENT_TYPE, kind);
    assert_eq!(names(&json, &answer), ["json_to_the_old"]);
}
