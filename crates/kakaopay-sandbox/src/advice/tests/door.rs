//! Address, method and key.

use super::*;

#[test]
fn a_wrong_address_is_told_apart_by_what_was_probably_meant() {
    for (path, name) in [
        ("/v1/payment/ready", "old_address"),
        ("/online/v1/payment/ready/", "untidy_path"),
        ("//online/v1/payment/approve", "untidy_path"),
        ("/online/v1/payment/Ready", "untidy_path"),
        ("/ready", "wrong_path"),
        ("/payment/cancel", "wrong_path"),
        ("/api/online/v1/payment/order", "wrong_path"),
        ("/online/v1/payment/status", "unknown_path"),
        ("/", "unknown_path"),
    ] {
        let answer = refusal(StatusCode::NOT_FOUND, -404);
        assert_eq!(names(&call(path, "{}"), &answer), [name], "{path}");
    }
}

#[test]
fn every_call_is_post() {
    let mut call = call(ORDER, "");
    call.method = Method::GET;
    let answer = refusal(StatusCode::METHOD_NOT_ALLOWED, -404);
    assert_eq!(names(&call, &answer), ["wrong_method"]);
}

#[test]
fn a_wrong_key_header_is_told_apart_by_what_is_wrong_with_it() {
    for (value, name) in [
        ("KakaoAK 0123", "kakao_ak"),
        ("Bearer DEV0", "wrong_scheme"),
        ("secret_key DEV0", "scheme_spelling"),
        ("SECRET_KEY: DEV0", "scheme_spelling"),
        ("SECRET_KEYDEV0", "no_space"),
        ("DEV0", "no_scheme"),
        ("SECRET_KEY", "empty_key"),
        ("SECRET_KEY undefined", "empty_key"),
        ("SECRET_KEY ${KEY}", "wrapped_key"),
        ("SECRET_KEY \"DEV0\"", "wrapped_key"),
    ] {
        let answer = refusal(StatusCode::UNAUTHORIZED, -401);
        let call = with(header::AUTHORIZATION, value);
        assert_eq!(names(&call, &answer), [name], "{value}");
        assert!(!format!("{:?}", advise(&call, Some(&answer))).contains("DEV0"));
    }
    let mut call = call(READY, ready(json!({})));
    call.headers.remove(header::AUTHORIZATION);
    assert_eq!(refused(&call), ["no_authorization"]);
}
