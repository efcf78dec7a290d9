use danpay_core::UserId;
use proptest::prelude::*;

use super::*;

/// What is wrong with a body, by its path.
fn wrong<T>(body: &str, from: impl FnOnce(&mut Object<'_>) -> Option<T>) -> Vec<(String, String)> {
    let json = parse(body).unwrap();
    let Err(errors) = read(&json, from) else {
        return Vec::new();
    };
    let told = errors.into_iter();
    told.map(|error| (error.field, error.message_ko)).collect()
}

fn pairs(errors: &[(String, String)]) -> Vec<(&str, &str)> {
    let errors = errors.iter();
    errors
        .map(|(field, message)| (field.as_str(), message.as_str()))
        .collect()
}

fn whole_of(object: &mut Object<'_>) -> Option<i64> {
    object.optional("a", whole(1, 10))
}

#[test]
fn what_was_expected_is_told_with_what_came() {
    let cases = [
        ("\"22\"", "따옴표 없는 정수여야 하는데 문자열 \"22\"입니다"),
        ("2.5", "따옴표 없는 정수여야 하는데 숫자 2.5입니다"),
        ("true", "따옴표 없는 정수여야 하는데 true입니다"),
        ("[1]", "따옴표 없는 정수여야 하는데 배열입니다"),
        ("{}", "따옴표 없는 정수여야 하는데 객체입니다"),
        ("11", "1 이상 10 이하여야 하는데 숫자 11입니다"),
        ("-0", "1 이상 10 이하여야 하는데 숫자 -0입니다"),
        ("1e400", "1 이상 10 이하여야 하는데 숫자 1e400입니다"),
    ];
    for (value, message) in cases {
        let errors = wrong(&format!("{{\"a\":{value}}}"), whole_of);
        assert_eq!(pairs(&errors), [("a", message)]);
    }
    for fine in ["{}", "{\"a\":null}", "{\"a\":2.0}", "{\"a\":1e1}"] {
        assert!(wrong(fine, whole_of).is_empty(), "{fine}");
    }
    for (body, came) in [("[]", "배열"), ("null", "null"), ("\"a\"", "문자열 \"a\"")] {
        let message = format!("JSON 객체여야 하는데 {came}입니다");
        assert_eq!(pairs(&wrong(body, whole_of)), [("body", message.as_str())]);
    }
}

#[test]
fn all_that_is_wrong_is_told_by_its_path() {
    let body =
        r#"{"a":"x","b":{"c":null,"d":1,"d":2},"e":{"f":[{"g":1,"g":1}]},"h":["A",1],"a":1}"#;
    let errors = wrong(body, |object| {
        let a = object.required("a", won);
        object.required("b", |field| {
            field.object(|object| object.required("c", text::<UserId>))
        });
        object.optional("h", texts::<UserId, Vec<_>>);
        object.required("i", won);
        a
    });
    let paths: Vec<_> = errors.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "b.d", "e.f[0].g", "a", "e", "a", "b.d", "b.d", "b.c", "h[1]", "i"
        ]
    );
}

#[test]
fn no_answer_is_longer_than_it_is_useful() {
    let long = "가".repeat(10_000);
    let errors = wrong(&format!("{{\"a\":\"{long}\",\"{long}\":1}}"), whole_of);
    for (path, message) in &errors {
        assert!(path.chars().count() <= 41, "{path}");
        assert!(message.chars().count() < 120, "{message}");
    }
    let many: Vec<_> = (0..1_000).map(|n| format!("\"x{n}\":1")).collect();
    let errors = wrong(&format!("{{{}}}", many.join(",")), whole_of);
    assert_eq!(errors.len(), 51);
    let (path, message) = errors.last().unwrap();
    assert_eq!(path, "body");
    assert!(message.contains("950개"), "{message}");
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let cases = [
        (
            "{\"a\": ",
            "1번째 줄 7번째 글자: 값이 올 자리에서 본문이 끝났습니다",
        ),
        (
            "{\"a\":1} x",
            "1번째 줄 9번째 글자: 본문의 끝이 올 자리에 `x` 문자가 있습니다",
        ),
        (
            "{\n \"가\" 1}",
            "2번째 줄 6번째 글자: 콜론이 올 자리에 `1` 문자가 있습니다",
        ),
        (
            "{'a':1}",
            "1번째 줄 2번째 글자: 큰따옴표로 감싼 이름이 올 자리에 `'` 문자가 있습니다",
        ),
        (
            "{\"a\":1,}",
            "1번째 줄 8번째 글자: 큰따옴표로 감싼 이름이 올 자리에 `}` 문자가 있습니다",
        ),
        (
            "{\"a\":01}",
            "1번째 줄 7번째 글자: 쉼표나 닫는 괄호가 올 자리에 `1` 문자가 있습니다",
        ),
        (
            "[1.]",
            "1번째 줄 4번째 글자: 숫자가 올 자리에 `]` 문자가 있습니다",
        ),
        (
            "[NaN]",
            "1번째 줄 2번째 글자: 값이 올 자리에 `N` 문자가 있습니다",
        ),
        (
            "[\"a\nb\"]",
            "1번째 줄 4번째 글자: 이 문자 대신 \\n 같은 이스케이프가 올 자리에 U+000A 문자가 있습니다",
        ),
        (
            "[\"\\ud800\"]",
            "1번째 줄 3번째 글자: \\n이나 \\uAC00 같은 JSON 이스케이프가 올 자리에 `\\` 문자가 있습니다",
        ),
        (
            "[\"a",
            "1번째 줄 4번째 글자: 닫는 큰따옴표가 올 자리에서 본문이 끝났습니다",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse(text).unwrap_err().message_ko, message);
    }
    let deep = |levels| parse(&format!("{}{}", "[".repeat(levels), "]".repeat(levels))).map(drop);
    assert_eq!(deep(33), Ok(()));
    let error = deep(30_000).unwrap_err();
    assert!(
        error.message.contains("nested more than 32 deep"),
        "{}",
        error.message
    );
}

/// The tree as serde would have it.
fn to_serde(json: &Json<'_>) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(bool) => (*bool).into(),
        Json::Number(number) => serde_json::from_str(number).unwrap(),
        Json::Text(text) => text.as_str().into(),
        Json::Array(values) => values.iter().map(to_serde).collect(),
        Json::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), to_serde(value)))
                .collect()
        }
    }
}

/// Pieces of JSON in an order that is JSON by chance, and now and then one character of it changed.
fn almost_json() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "null",
        "true",
        "0",
        "-0",
        "12",
        "1.5",
        "-2e3",
        "1E-2",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "\"\"",
        "\"가 🍫\"",
        "\"\\u00e9\\n\\/\"",
        "\"\\ud83c\\udf6b\"",
        "\"\\ud83c\"",
        "\"\\udf6b\\ud83c\"",
        "\"\\ud83cx\"",
        "\"\\ud83c\\u0041\"",
        "\"\\x\"",
        "\"\t\"",
        "nul",
        "\u{a0}",
        " 1 ",
        "\n2",
    ]);
    let value = leaf
        .prop_map(str::to_owned)
        .prop_recursive(4, 20, 4, |inner| {
            let members = (
                proptest::sample::select(vec!["\"a\"", "\"b\"", "c"]),
                inner.clone(),
            );
            let members = members.prop_map(|(name, value)| format!("{name}:{value}"));
            prop_oneof![
                proptest::collection::vec(inner, 0..4).prop_map(|of| format!("[{}]", of.join(","))),
                proptest::collection::vec(members, 0..4)
                    .prop_map(|of| format!("{{{}}}", of.join(" , "))),
            ]
        });
    let change = proptest::option::weighted(
        0.3,
        (any::<prop::sample::Index>(), "[\\[\\]{},:\"\\\\ 0a]?"),
    );
    (value, change).prop_map(|(text, change)| {
        let Some((index, other)) = change else {
            return text;
        };
        let mut chars: Vec<String> = text.chars().map(String::from).collect();
        let at = index.index(chars.len());
        chars[at] = other;
        chars.concat()
    })
}

proptest! {
    #[test]
    fn what_serde_takes_is_taken_and_means_the_same(text in almost_json()) {
        match (parse(&text), serde_json::from_str::<serde_json::Value>(&text)) {
            (Ok(ours), Ok(serdes)) => prop_assert_eq!(to_serde(&ours), serdes),
            (Err(_), Err(_)) => {}
            (ours, serdes) => prop_assert!(false, "{ours:?} {serdes:?}"),
        }
    }

    #[test]
    fn nothing_that_comes_is_too_much_for_it(text in "[\\[\\]{},:\"\\\\u0-9a-f \n가🍫eE.+-]{0,60}") {
        if let Ok(json) = parse(&text) {
            let _ = read(&json, whole_of);
        }
    }
}
