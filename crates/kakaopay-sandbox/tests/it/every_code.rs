//! Every documented code, asked for by its number: instead of what a call does, or beside it.

use kakaopay_sandbox::{ERROR_CODES, Endpoint, Fault};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::faults_by_name::ask_for;
use crate::support::{Shop, approve, cancel};

/// The codes of KakaoPay's documentation with their HTTP status, read anew for this test.
const DOCUMENTED: [(i64, u16); 50] = [
    (-1, 400),
    (-2, 400),
    (-3, 400),
    (-4, 400),
    (-5, 403),
    (-10, 400),
    (-301, 400),
    (-402, 403),
    (-400, 400),
    (-401, 401),
    (-403, 403),
    (-404, 404),
    (-429, 429),
    (-500, 500),
    (-503, 503),
    (-701, 400),
    (-702, 400),
    (-703, 400),
    (-704, 400),
    (-705, 400),
    (-706, 400),
    (-707, 400),
    (-708, 400),
    (-710, 400),
    (-711, 400),
    (-721, 400),
    (-722, 400),
    (-723, 400),
    (-724, 400),
    (-725, 400),
    (-726, 400),
    (-730, 400),
    (-731, 400),
    (-732, 400),
    (-733, 400),
    (-750, 400),
    (-751, 400),
    (-752, 400),
    (-753, 400),
    (-761, 400),
    (-780, 400),
    (-781, 400),
    (-782, 400),
    (-783, 400),
    (-784, 400),
    (-785, 400),
    (-797, 400),
    (-798, 400),
    (-799, 400),
    (-9798, 503),
];

#[tokio::test]
async fn every_documented_code_can_be_asked_for_at_every_call() {
    let shop = Shop::open().await;
    let listed = ERROR_CODES
        .iter()
        .map(|(code, status)| (i64::from(*code), *status));
    let listed: Vec<_> = listed.collect();
    for documented in DOCUMENTED {
        assert!(listed.contains(&documented), "{documented:?}");
    }
    for endpoint in [
        "ready",
        "approve",
        "order",
        "cancel",
        "subscription",
        "manage/subscription/status",
        "manage/subscription/inactive",
    ] {
        let name = endpoint.strip_prefix("manage/").unwrap_or(endpoint);
        for &(code, status) in &listed {
            let more = json!({
                "error_code": code,
                "method_result_code": "USER_LOCKED",
                "method_result_message": "진행중인 거래가 있습니다.",
            });
            let made = ask_for(&shop, &name.replace('/', "_"), "error_code", &more).await;
            assert_eq!(made, StatusCode::CREATED, "{endpoint} {code}");
            let (answered, body) = shop.call(endpoint, &json!({})).await;
            assert_eq!(answered, status, "{endpoint} {code}");
            assert_eq!(body["error_code"], code, "{endpoint}");
            assert_eq!(body["extras"]["method_result_code"], "USER_LOCKED");
        }
    }
}

#[tokio::test]
async fn a_code_may_be_answered_to_a_call_that_took_effect() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("pays_by_money").await;
    let lie =
        |code: i64, tid: &str| json!({ "error_code": code, "takes_effect": true, "tid": tid });
    let mut bank = lie(-780, &tid);
    bank["method_result_code"] = json!("BANK_FIRM_UNKNOWN");
    assert_eq!(
        ask_for(&shop, "approve", "error_code", &bank).await,
        StatusCode::CREATED
    );
    let body = approve(&tid, &token, json!({}));
    let (status, said) = shop.call("approve", &body).await;
    assert_eq!((status.as_u16(), &said["error_code"]), (400, &json!(-780)));
    assert_eq!(said["extras"]["method_result_code"], "BANK_FIRM_UNKNOWN");
    assert_eq!(shop.record(&tid).approvals, 1);
    assert_eq!(shop.refused("approve", &body).await.1, -702, "once");

    ask_for(&shop, "cancel", "error_code", &lie(-781, &tid)).await;
    assert_eq!(
        shop.refused("cancel", &cancel(&tid, 200, json!({})))
            .await
            .1,
        -781
    );
    assert_eq!(shop.record(&tid).canceled_total, 200);

    // A call that is refused anyway takes no effect, whatever it is told.
    ask_for(&shop, "cancel", "error_code", &lie(-500, &tid)).await;
    assert_eq!(
        shop.refused("cancel", &cancel(&tid, 9_999, json!({})))
            .await
            .1,
        -500
    );
    assert_eq!(shop.record(&tid).canceled_total, 200);
}

#[tokio::test]
async fn a_lie_is_saved_with_the_state_and_asked_for_by_the_page() {
    let shop = Shop::open().await;
    let lie = Fault::error(Endpoint::Approve, -780).takes_effect();
    shop.sandbox.inject(lie.clone());
    let state = shop.sandbox.save().unwrap();
    shop.sandbox.clear_faults();
    shop.sandbox.load(&state).unwrap();
    assert_eq!(shop.sandbox.faults(), std::slice::from_ref(&lie));
    shop.sandbox.clear_faults();
    let form = "endpoint=approve&fault=error_code&times=1&error_code=-780&takes_effect=true&back=";
    let sent = shop
        .request(Method::POST, "/_sandbox/do/fault")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    assert_eq!(sent.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.sandbox.faults(), [lie]);
    let page = shop.get(&shop.at("/_sandbox/")).await.text().await.unwrap();
    assert!(page.contains("takes_effect=true"), "{page}");
    shop.sandbox.clear_faults();
    shop.sandbox.inject(Fault::error(Endpoint::Approve, -780));
    let page = shop.get(&shop.at("/_sandbox/")).await.text().await.unwrap();
    assert!(!page.contains("takes_effect="), "{page}");
}
