use super::*;

#[test]
fn secrets_leave_this_machine_by_https_only() {
    for url in [
        "https://open-api.kakaopay.com",
        "https://sandbox.example:8443/kakaopay/",
        "http://localhost:7702",
        "http://127.0.0.1:7702",
        "http://127.9.9.9",
        "http://[::1]:7702/",
    ] {
        assert!(url.parse::<BaseUrl>().is_ok(), "{url}");
    }
    for url in [
        "http://open-api.kakaopay.com",
        "http://localhost.example",
        "http://10.0.0.1",
        "http://[::2]",
        "ftp://127.0.0.1",
    ] {
        assert_eq!(
            url.parse::<BaseUrl>(),
            Err(InvalidBaseUrl::Insecure),
            "{url}"
        );
    }
    for url in ["", "open-api.kakaopay.com", "/v1", "mailto:a@b.example"] {
        assert_eq!(url.parse::<BaseUrl>(), Err(InvalidBaseUrl::Syntax), "{url}");
    }
    for url in [
        "https://u@h.example",
        "https://:p@h.example",
        "https://h.example?q",
        "https://h.example#f",
    ] {
        assert_eq!(url.parse::<BaseUrl>(), Err(InvalidBaseUrl::Extra), "{url}");
    }
}

#[test]
fn paths_follow_the_base_url_without_a_double_slash() {
    let join = |base: &str| {
        base.parse::<BaseUrl>()
            .unwrap()
            .join("/online/v1/x")
            .to_string()
    };
    assert_eq!(
        BaseUrl::default().join("/a").as_str(),
        "https://open-api.kakaopay.com/a"
    );
    assert_eq!(join("https://h.example"), "https://h.example/online/v1/x");
    assert_eq!(
        join("https://h.example/base"),
        "https://h.example/base/online/v1/x"
    );
    assert_eq!(
        join("https://h.example/base/"),
        "https://h.example/base/online/v1/x"
    );
}

#[test]
fn payers_are_sent_to_kakaopays_own_pages_only() {
    let base = BaseUrl::default();
    for url in [
        "https://online-payment.kakaopay.com/mockup/bridge/pc/pg/one-time/payment/feb32bca",
        "https://kakaopay.com/",
        "https://ONLINE-PAYMENT.KakaoPay.com/x",
    ] {
        assert!(base.trusts(url), "{url}");
    }
    for url in [
        "http://online-payment.kakaopay.com/x",
        "https://kakaopay.com.evil.example/x",
        "https://evilkakaopay.com/x",
        "https://kakaopay.com@evil.example/x",
        "https://user@online-payment.kakaopay.com/x",
        "https://online-payment.kakaopay.com:8443/x",
        "https://mockup-pg-web.kakao.com/v1/xxxxxxxxxx/info",
        "https://127.0.0.1/x",
        "kakaotalk://kakaopay/pg?url=https://online-pay.kakaopay.com",
        "javascript:alert(1)//kakaopay.com",
        "//online-payment.kakaopay.com/x",
        "",
    ] {
        assert!(!base.trusts(url), "{url}");
    }
}

#[test]
fn a_sandbox_is_trusted_on_its_own_host_only() {
    let base: BaseUrl = "http://127.0.0.1:7702".parse().unwrap();
    assert!(base.trusts("http://127.0.0.1:7702/mockup/bridge/pc/x"));
    assert!(
        base.trusts("http://127.0.0.1:7703/x"),
        "its pages may have a port of their own"
    );
    assert!(
        base.trusts("http://localhost:7702/x"),
        "another name of the same place"
    );
    assert!(!base.trusts("http://localhost.example:7702/x"));
    assert!(!base.trusts("http://10.0.0.1:7702/x"));
    assert!(!BaseUrl::default().trusts("http://127.0.0.1:7702/x"));
    assert!(!base.trusts("javascript://127.0.0.1/%0aalert(1)"));
}
