//! Whatever is printed, no secret is in it.

use std::error::Error;

use kakaopay::{ApproveRequest, CidSecret, KakaoPay, PgToken, RedirectUrls, SecretKey};
use proptest::prelude::*;

use crate::{approve_request, order_request, ready_request, recorder::Recorder, tid};

/// Everything that an error shows, to the last cause.
fn shown(error: &dyn Error) -> String {
    let cause = error.source().map(shown).unwrap_or_default();
    format!("{error} {error:?} {error:#?} {cause}")
}

proptest! {
    #[test]
    fn no_debug_and_no_error_shows_a_secret(
        key in "K_[A-Z0-9]{38}", cid_secret in "s_[a-z0-9]{22}", token in "t_[!-~&&[^\"\\\\]]{18}",
        status in prop::sample::select(vec![200_u16, 302, 400, 401, 403, 429, 500]),
    ) {
        // The worst answer: it repeats all that it was sent, wherever it can.
        let echo = format!("{key} {cid_secret} {token}");
        let body = serde_json::json!({"tid": 1, "amount": echo, "error_code": -708,
            "error_message": echo, "extras": {"method_result_code": token,
            "method_result_message": echo}});
        let recorder = Recorder::answering(status, &body.to_string());
        let kakaopay = KakaoPay::builder(&key)
            .cid_secret(cid_secret.parse().unwrap())
            .transport(recorder.clone())
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ready = ready_request().cid_secret(cid_secret.parse().unwrap());
        let approve = approve_request(tid(), &token);
        let error = runtime.block_on(kakaopay.approve(&approve)).unwrap_err();
        let sent = recorder.requests();
        prop_assert_eq!(sent.len(), 1);
        let text = format!("{kakaopay:?} {ready:?} {approve:?} {sent:?} {}", shown(&error));
        for secret in [&key, &cid_secret, &token] {
            prop_assert!(!text.contains(secret.as_str()), "{text}");
        }
    }

    #[test]
    fn a_refused_secret_is_not_quoted(secret in "[가-힣]{2,40}") {
        let errors = [
            PgToken::try_from(secret.as_str()).unwrap_err(),
            CidSecret::try_from(secret.as_str()).unwrap_err(),
            SecretKey::try_from(secret.as_str()).unwrap_err(),
        ];
        for error in errors {
            prop_assert!(!shown(&error).contains(&secret));
        }
        for odd in [serde_json::json!(secret), serde_json::json!({ "token": secret })] {
            let json = serde_json::json!({"tid": "T1", "partner_order_id": "o",
                "partner_user_id": "u", "pg_token": odd});
            let error = serde_json::from_value::<ApproveRequest>(json).unwrap_err();
            prop_assert!(!shown(&error).contains(&secret));
        }
    }
}

/// KakaoPay's refusal of a domain, say, with the addresses that it refuses.
#[tokio::test]
async fn an_address_that_comes_back_in_an_error_shows_its_host_and_not_its_secret() {
    let (approve, cancel, fail) = ("a".repeat(43), "c".repeat(20), "f".repeat(64));
    let urls = RedirectUrls {
        approval: format!("https://shop.example/return/pay_1/approve/{approve}")
            .parse()
            .unwrap(),
        cancel: format!("https://shop.example/return/pay_1/cancel/{cancel}")
            .parse()
            .unwrap(),
        fail: format!("https://shop.example/return/fail?key={fail}&order=1")
            .parse()
            .unwrap(),
    };
    let echo = format!(
        "not registered: {} {} {} {}",
        urls.approval,
        urls.cancel,
        urls.fail,
        "https%3A%2F%2Fshop.example%2F".to_owned() + &cancel,
    );
    let body = serde_json::json!({"error_code": -799, "error_message": echo,
        "extras": {"method_result_code": approve, "method_result_message": fail}});
    let recorder = Recorder::answering(400, &body.to_string());
    let mut request = ready_request();
    (request.approval_url, request.cancel_url, request.fail_url) =
        (urls.approval, urls.cancel, urls.fail);
    let error = recorder.client().ready(&request).await.unwrap_err();
    assert_eq!(
        error.api_error().unwrap().error_message,
        "not registered: https://shop.example/return/pay_1/approve/*** \
         https://shop.example/return/pay_1/cancel/*** \
         https://shop.example/return/fail?key=***&order=1 https%3A%2F%2Fshop.example%2F***"
    );
    for secret in [approve, cancel, fail] {
        assert!(!shown(&error).contains(&secret));
        assert!(
            !serde_json::to_string(error.api_error().unwrap())
                .unwrap()
                .contains(&secret)
        );
        let sent = recorder.bodies()[0].to_string();
        assert!(sent.contains(&secret), "KakaoPay itself gets it");
    }
}

#[test]
fn only_the_wire_holds_a_secret() {
    let request = approve_request(tid(), "t0ken");
    assert!(format!("{request:?}").contains("PgToken(redacted)"));
    assert!(serde_json::to_string(&request).unwrap().contains("t0ken"));
    assert_eq!(request.pg_token.expose(), "t0ken");
    assert!(format!("{:?}", order_request(tid())).contains("cid_secret: None"));
}
