//! KakaoPay's settings.

use super::*;

#[test]
fn a_missing_key_says_where_to_find_one() {
    let error = load("", &[]).unwrap().kakaopay().unwrap_err().to_string();
    assert!(
        error.starts_with("kakaopay_secret_key (DANPAY_KAKAOPAY_SECRET_KEY)"),
        "{error}"
    );
}

#[test]
fn secrets_do_not_leave_this_machine_in_the_clear() {
    let environment = [
        ("DANPAY_KAKAOPAY_SECRET_KEY", "K"),
        ("DANPAY_KAKAOPAY_BASE_URL", "http://192.0.2.1"),
    ];
    let error = load("", &environment).unwrap_err().to_string();
    for said in [
        "DANPAY_KAKAOPAY_BASE_URL",
        "https",
        "DANPAY_KAKAOPAY_ALLOW_HTTP=true",
    ] {
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn plain_http_to_a_sandbox_is_allowed_by_name_and_for_test_codes_alone() {
    let allowed = [
        ("DANPAY_KAKAOPAY_SECRET_KEY", "K"),
        ("DANPAY_KAKAOPAY_BASE_URL", "http://sandbox:7702"),
        ("DANPAY_KAKAOPAY_ALLOW_HTTP", "true"),
    ];
    let config = load("", &allowed).unwrap();
    config.kakaopay().unwrap();
    let live = ("DANPAY_KAKAOPAY_CID", "C000000001");
    let error = load("", &[&allowed[..], &[live]].concat())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("DANPAY_KAKAOPAY_BASE_URL") && error.contains("TC0ONETIME"),
        "{error}"
    );

    // The same goes for other shops' contracts, which may be live beside a shop that is not.
    let account = |cid: &str, key: &str| crate::Account {
        cid: cid.to_owned(),
        secret_key: key.into(),
        cid_secret: None,
    };
    assert!(config.check_account(&account("TCSEQUENCE", "K")).is_ok());
    for (account, field) in [
        (account("C000000001", "K"), "base_url"),
        (account("C0", "K"), "cid"),
        (account("TC0ONETIME", "K K"), "secret_key"),
    ] {
        assert_eq!(config.check_account(&account).unwrap_err().field, field);
    }
    let connect = |cid: &str| config.client(&"K".into(), &cid.parse().unwrap(), None);
    assert!(connect("TCSUBSCRIP").is_ok());
    assert!(connect("C000000001").is_err());
}

#[test]
fn a_proxy_is_a_secret() {
    let environment = [
        ("DANPAY_KAKAOPAY_SECRET_KEY", "K"),
        (
            "DANPAY_KAKAOPAY_PROXY",
            "http://us3r:pa55@proxy.example:3128",
        ),
    ];
    let config = load("", &environment).unwrap();
    config.kakaopay().unwrap();
    assert_eq!(config.proxy_place().unwrap(), "http://proxy.example:3128");
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("us3r") && !shown.contains("pa55"),
        "{shown}"
    );
    let wrong = [("DANPAY_KAKAOPAY_PROXY", "http://us3r:pa/55@proxy.example")];
    let error = load("", &wrong).unwrap_err().to_string();
    assert!(
        error.contains("DANPAY_KAKAOPAY_PROXY") && !error.contains("us3r"),
        "{error}"
    );
}

#[test]
fn how_many_calls_are_made_at_once_has_bounds() {
    let config = load("kakaopay_calls_max = 64", &[]).unwrap();
    assert_eq!(config.kakaopay_calls_max, 64);
    let config = load("", &[("DANPAY_KAKAOPAY_CALLS_MAX", "16384")]).unwrap();
    assert_eq!(config.kakaopay_calls_max, 16_384);
    for wrong in ["63", "16385", "-1", "many"] {
        let error = load("", &[("DANPAY_KAKAOPAY_CALLS_MAX", wrong)]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("kakaopay_calls_max"), "{error}");
    }
}

#[test]
fn the_clock_of_tests_is_that_of_the_sandbox_in_kakaopays_place() {
    let sandbox = ("DANPAY_KAKAOPAY_BASE_URL", "http://127.0.0.1:7702");
    let with = |url: &str, more: &[(&str, &str)]| {
        let settings = [&[sandbox, ("DANPAY_TEST_CLOCK_URL", url)], more].concat();
        load("", &settings).map_err(|error| error.to_string())
    };
    for url in ["http://127.0.0.1:7702", "http://127.0.0.1:7702/"] {
        let config = with(url, &[]).unwrap();
        let clock = config.test_clock().unwrap().unwrap();
        assert_eq!(clock.as_str(), "http://127.0.0.1:7702/");
    }
    for (url, said) in [
        ("http://127.0.0.1:7702/x", "origin of a sandbox"),
        ("http://us3r:pa55@127.0.0.1:7702", "origin of a sandbox"),
        ("ftp://127.0.0.1:7702", "origin of a sandbox"),
        ("http://127.0.0.1:7703", "DANPAY_KAKAOPAY_BASE_URL"),
        ("http://localhost:7702", "DANPAY_KAKAOPAY_BASE_URL"),
        ("https://127.0.0.1:7702", "DANPAY_KAKAOPAY_BASE_URL"),
    ] {
        let error = with(url, &[]).unwrap_err();
        assert!(
            error.starts_with("test_clock_url (DANPAY_TEST_CLOCK_URL): ") && error.contains(said),
            "{url}: {error}"
        );
        assert!(!error.contains(url), "{error}");
    }
    let live = [("DANPAY_KAKAOPAY_CID", "C000000001")];
    let error = with("http://127.0.0.1:7702", &live).unwrap_err();
    assert!(error.contains("DANPAY_KAKAOPAY_CID)"), "{error}");
    // KakaoPay itself tells no time.
    let kakaopay = [("DANPAY_TEST_CLOCK_URL", "http://127.0.0.1:7702")];
    assert!(load("", &kakaopay).is_err());
}

#[test]
fn a_live_contract_is_refused_where_payments_have_a_sandboxs_clock() {
    let settings = [
        ("DANPAY_KAKAOPAY_BASE_URL", "http://127.0.0.1:7702"),
        ("DANPAY_TEST_CLOCK_URL", "http://127.0.0.1:7702"),
    ];
    let config = load("", &settings).unwrap();
    let account = |cid: &str| crate::Account {
        cid: cid.to_owned(),
        secret_key: "K".into(),
        cid_secret: None,
    };
    assert!(config.check_account(&account("TCSEQUENCE")).is_ok());
    let refused = config.check_account(&account("C000000001")).unwrap_err();
    assert_eq!(refused.field, "cid");
    assert!(refused.message.contains("DANPAY_TEST_CLOCK_URL"));
}
