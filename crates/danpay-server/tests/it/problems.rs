//! Bad input gets a clear error that names the field, and leaves nothing behind.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, order, read};

fn masked(mut problem: Value) -> Value {
    let id = problem["request_id"].as_str().unwrap_or_default();
    assert!(id.starts_with("req_"), "{problem}");
    problem["request_id"] = json!("[request_id]");
    // The address is the test's own.
    let page = problem["type"].as_str().unwrap_or_default();
    let (_, page) = page.split_once("/docs/").unwrap_or_default();
    problem["type"] = json!(format!("[public_url]/docs/{page}"));
    problem
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let world = World::new().await;
    let too_long = "가".repeat(101);
    let bodies = [
        ("not JSON", "{\"order_id\": ".to_owned()),
        ("JSON and more", format!("{} x", order(json!({})))),
        ("not an object", "[]".to_owned()),
        ("a missing field", order(json!({ "order_id": null })).to_string()),
        ("a misspelt field", order(json!({ "retrun_url": "https://a.example" })).to_string()),
        ("a number as a text", order(json!({ "amount": { "total": "2200" } })).to_string()),
        ("a text as a number", order(json!({ "order_id": 1 })).to_string()),
        ("a fraction", order(json!({ "amount": { "total": 2200.5 } })).to_string()),
        ("beyond any integer", r#"{"order_id":"o","user_id":"u","item_name":"i","amount":{"total":99999999999999999999}}"#.to_owned()),
        ("beyond the largest amount", order(json!({ "amount": { "total": i64::MAX } })).to_string()),
        ("nothing to pay", order(json!({ "amount": { "total": 0 } })).to_string()),
        ("less than nothing", order(json!({ "amount": { "total": -2200 } })).to_string()),
        ("tax-free above the total", order(json!({ "amount": { "total": 2200, "tax_free": 2201 } })).to_string()),
        ("more VAT than is taxed", order(json!({ "amount": { "total": 2200, "tax_free": 2200, "vat": 1 } })).to_string()),
        ("no piece", order(json!({ "quantity": 0 })).to_string()),
        ("a return_url that is a script", order(json!({ "return_url": "javascript:alert(1)" })).to_string()),
        ("a return_url that is a path", order(json!({ "return_url": "/orders/1" })).to_string()),
        ("several at once", order(json!({ "order_id": "", "item_name": too_long, "user_id": "a\nb" })).to_string()),
        ("an unknown approval", order(json!({ "approval": "later" })).to_string()),
        ("an array for an amount", order(json!({ "amount": [2200, 0, 200, 0] })).to_string()),
        ("null where something is needed", r#"{"order_id":null,"user_id":"u","item_name":"i","amount":{"total":null}}"#.to_owned()),
        ("names that come twice", r#"{"order_id":"o","user_id":"u","user_id":"v","item_name":"i","amount":{"total":1,"total":2},"metadata":{"a":"1","a":"2"}}"#.to_owned()),
        ("metadata of other things than texts", order(json!({ "metadata": { "a": 1, "b": ["c"], "d": "e\n", "f": "x".repeat(501) } })).to_string()),
        ("restrictions that KakaoPay does not have", order(json!({
            "payment_method_type": "card", "available_cards": ["shinhan", 1], "install_month": 13,
        })).to_string()),
        ("no card at all", order(json!({ "available_cards": [] })).to_string()),
        ("everything at once", r#"{"order_id":1,"item_name":" ","quantity":1.5,"amount":{"total":"2200","tax_free":1e400,"vatt":1},"approval":true,"retrun_url":"x"}"#.to_owned()),
    ];
    let mut seen = serde_json::Map::new();
    for (name, body) in bodies {
        let request = world.request(Method::POST, "/v1/payments").body(body);
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert!(status.is_client_error(), "{name}: {problem}");
        let mut problem = masked(problem);
        let mut told = json!({ "status": problem["status"], "code": problem["code"] });
        match problem["errors"].take() {
            Value::Null => {
                told["detail"] = problem["detail"].take();
                told["detail_ko"] = problem["detail_ko"].take();
            }
            errors => told["errors"] = errors,
        }
        seen.insert(name.to_owned(), told);
    }
    insta::assert_json_snapshot!(seen);
    assert!(
        world.sandbox.payments().is_empty(),
        "KakaoPay was never asked"
    );
}

/// What is said of a body of these bytes: 400, and why.
async fn not_taken(world: &World, content_type: &str, body: &[u8]) -> [String; 3] {
    let request = world.request(Method::POST, "/v1/payments");
    let request = request.header("content-type", content_type);
    let response = request.body(body.to_vec()).send().await.unwrap();
    let (status, problem) = read(response).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    ["code", "detail", "detail_ko"].map(|name| problem[name].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_body_that_is_not_json_is_named_as_what_it_is() {
    let world = World::new().await;
    let utf16: Vec<u8> = "\u{FEFF}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let form = "application/x-www-form-urlencoded";
    let cases: [(&str, &[u8], [&str; 3]); 7] = [
        (
            "application/json",
            b" ",
            ["body_missing", "There is no body", "본문이 없습니다"],
        ),
        (
            "application/json",
            b"order_id=1&user_id=2",
            ["malformed_json", "it is a form", "폼(a=b) 형식입니다"],
        ),
        (
            form,
            b"{\"a\"",
            ["malformed_json", "it is a form", "폼(a=b) 형식입니다"],
        ),
        (
            "application/json",
            b"\xEF\xBB\xBF{}",
            [
                "malformed_json",
                "byte order mark",
                "BOM(바이트 순서 표시)이",
            ],
        ),
        (
            "application/json",
            &utf16,
            ["malformed_json", "it is UTF-16", "UTF-16으로"],
        ),
        (
            "application/json; charset=euc-kr",
            b"{\"item_name\":\"\xC3\xCA\"}",
            [
                "malformed_json",
                "not UTF-8 from byte 15",
                "15번째 바이트부터 UTF-8이",
            ],
        ),
        (
            "application/json",
            b"{\"order_id\": \"1\",\n 'user_id': 2}",
            [
                "malformed_json",
                "line 2, character 2: expected a name in double quotes, but there is `'`",
                "2번째 줄 2번째 글자: 큰따옴표로 감싼 이름이 올 자리에 `'` 문자가",
            ],
        ),
    ];
    for (content_type, body, expected) in cases {
        let said = not_taken(&world, content_type, body).await;
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said}");
        }
    }
    assert!(world.sandbox.payments().is_empty());
}

#[tokio::test]
async fn json_is_taken_whatever_its_content_type_says() {
    let world = World::new().await;
    for (number, content_type) in ["", "text/plain", "application/x-www-form-urlencoded", "x"]
        .into_iter()
        .enumerate()
    {
        let body = order(json!({ "order_id": number.to_string() })).to_string();
        let mut request = world.request(Method::POST, "/v1/payments").body(body);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED, "{content_type}");
    }
}

#[tokio::test]
async fn what_may_be_left_out_may_be_null_and_a_whole_number_may_have_a_point() {
    let world = World::new().await;
    let body = r#"{"order_id":"o","user_id":"u","item_name":"i","item_code":null,"quantity":3.0,
        "amount":{"total":2200.0,"tax_free":null,"vat":null,"green_deposit":-0},"return_url":null,
        "approval":null,"metadata":{"a":null,"b":"c"},"payment_method_type":null,
        "available_cards":null,"install_month":null}"#;
    let request = world.request(Method::POST, "/v1/payments").body(body);
    let (status, payment) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{payment}");
    assert_eq!(payment["amount"]["total"], 2200);
    assert_eq!(payment["amount"]["vat"], 200);
    assert_eq!(payment["quantity"], 3);
    assert_eq!(payment["approval"], "automatic");
    assert_eq!(payment["metadata"], json!({ "b": "c" }));

    let whole = json!(null);
    let request = world.request(Method::POST, "/v1/payments").json(&whole);
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        problem["detail"],
        "body must be a JSON object, and is null."
    );
    assert_eq!(
        problem["detail_ko"],
        "body는 JSON 객체여야 하는데 null입니다."
    );
}

#[tokio::test]
async fn the_detail_tells_the_first_errors_as_sentences() {
    let world = World::new().await;
    let body = json!({ "order_id": "o", "amount": { "total": "2200" }, "return_url": 1, "cancel_url": "x" });
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let (_, problem) = read(request.send().await.unwrap()).await;
    assert_eq!(problem["errors"].as_array().unwrap().len(), 5);
    assert_eq!(
        problem["detail"],
        "cancel_url is not known; expected one of order_id, user_id, item_name, item_code, quantity, \
         amount, return_url, approval, metadata, payment_method_type, available_cards, install_month, \
         redirect_scheme_url, cid. \
         user_id is missing. item_name is missing. See errors for 2 more."
    );
    assert_eq!(
        problem["detail_ko"],
        "cancel_url은 없는 항목입니다. 철자를 확인해 주세요. 쓸 수 있는 항목: order_id, user_id, \
         item_name, item_code, quantity, amount, return_url, approval, metadata, payment_method_type, \
         available_cards, install_month, redirect_scheme_url, cid. user_id는 필수 항목입니다. item_name은 필수 항목입니다. \
          나머지 2개는 errors에 있습니다."
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_taken_is_named_as_what_it_is() {
    let world = World::new().await;
    let long = "k".repeat(256);
    let cases: [(&str, &str); 5] = [
        ("", "비어 있을 수 없습니다"),
        ("주문-1", "`주` 문자가 있습니다"),
        ("\" 1\"", "앞뒤에 공백이"),
        ("a\tb", "제어 문자가"),
        (&long, "256자입니다"),
    ];
    for (key, expected) in cases {
        let request = world.request(Method::POST, "/v1/payments");
        let key = reqwest::header::HeaderValue::from_bytes(key.as_bytes()).unwrap();
        let request = request.header("Idempotency-Key", key);
        let request = request.json(&order(json!({})));
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
        let told = problem["errors"][0]["message_ko"].as_str().unwrap();
        assert!(told.contains(expected), "{told}");
    }
    assert!(world.sandbox.payments().is_empty());
}

#[tokio::test]
async fn a_problem_has_the_form_of_the_rfc() {
    let world = World::new().await;
    let body = order(json!({ "amount": { "total": 0 } }));
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let (_, problem) = read(response).await;
    insta::assert_json_snapshot!(masked(problem));
}

#[tokio::test]
async fn only_a_key_opens_the_shops_door() {
    let world = World::new().await;
    let another = world.api_key.replace("danpay_sk_", "danpay_pk_");
    let keys = [None, Some(""), Some("danpay_sk_x"), Some(another.as_str())];
    for key in keys {
        for (method, path) in [
            (Method::POST, "/v1/payments"),
            (Method::GET, "/v1/payments/x"),
        ] {
            let mut request = world.http.request(method, format!("{}{path}", world.url));
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            let (status, problem) = read(response).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert_eq!(problem["code"], "unauthorized");
        }
    }
    let basic = world
        .http
        .get(format!("{}/v1/payments/x", world.url))
        .basic_auth("a", Some("b"));
    assert_eq!(
        basic.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_wrong_api_key_is_told_apart_from_none() {
    let world = World::new().await;
    let of_another = World::new().await.api_key.clone();
    let mistyped = world.api_key.replace("danpay_sk_", "danpay_sk_a");
    let cases = [
        (String::new(), "no Authorization header", "헤더가 없습니다"),
        ("Basic YTpi".to_owned(), "scheme Basic", "Basic 방식"),
        (
            "SECRET_KEY DEV1".to_owned(),
            "KakaoPay's scheme",
            "카카오페이 방식",
        ),
        (
            world.api_key.clone(),
            "not begin with `Bearer`",
            "`Bearer`와",
        ),
        (
            "Bearer sk_1".to_owned(),
            "no API key of danpay's",
            "API 키가 아닙니다",
        ),
        (format!("Bearer {mistyped}"), "mistyped", "잘못 입력"),
        (
            format!("Bearer {of_another}"),
            "not known here",
            "이 서버에 없는",
        ),
    ];
    for (value, detail, detail_ko) in cases {
        let mut request = world.http.get(format!("{}/v1/payments", world.url));
        if !value.is_empty() {
            request = request.header("Authorization", &value);
        }
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let told = [&problem["detail"], &problem["detail_ko"]].map(|told| told.as_str().unwrap());
        assert!(told[0].contains(detail), "{}", told[0]);
        assert!(told[1].contains(detail_ko), "{}", told[1]);
        assert!(!problem.to_string().contains("DEV1"), "{problem}");
        for key in [&world.api_key, &of_another, &mistyped] {
            assert!(
                !problem.to_string().contains(key.get(10..20).unwrap()),
                "{problem}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let world = World::new().await;
    let unknown = "/v1/payments/pay_00000000000000000000000000";
    let cases = [
        (Method::GET, unknown.to_owned(), StatusCode::NOT_FOUND),
        (
            Method::GET,
            format!("{unknown}/events"),
            StatusCode::NOT_FOUND,
        ),
        (
            Method::POST,
            format!("{unknown}/approve"),
            StatusCode::NOT_FOUND,
        ),
        (
            Method::GET,
            "/v1/payments/1".to_owned(),
            StatusCode::NOT_FOUND,
        ),
        (Method::GET, "/v1/nothing".to_owned(), StatusCode::NOT_FOUND),
        (
            Method::DELETE,
            "/v1/payments".to_owned(),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ];
    for (method, path, expected) in cases {
        let (status, problem) = read(world.request(method, &path).send().await.unwrap()).await;
        assert_eq!(status, expected, "{path}");
        assert_eq!(problem["status"], expected.as_u16(), "{path}");
        masked(problem);
    }
    for path in [
        "/pay/x",
        "/pay/x/result",
        "/return/x/approve/y?pg_token=a",
        "/return/x/cancel/y",
        "/return/x/cancel",
        "/pay/x/y",
    ] {
        let visit = world.visit(&format!("{}{path}", world.url)).await;
        assert_eq!(visit.status, StatusCode::NOT_FOUND);
        assert!(visit.shows("not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let world = World::new().await;
    let body = order(json!({ "metadata": { "a": "x".repeat(70_000) } }));
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem["code"], "body_too_large");
}
