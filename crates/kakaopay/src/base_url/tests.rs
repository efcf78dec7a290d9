use proptest::prelude::*;

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
        assert!(base.trusted(url).is_some(), "{url}");
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
        assert!(base.trusted(url).is_none(), "{url}");
    }
}

#[test]
fn a_sandbox_is_trusted_on_its_own_host_only() {
    let base: BaseUrl = "http://127.0.0.1:7702".parse().unwrap();
    assert!(
        base.trusted("http://127.0.0.1:7702/mockup/bridge/pc/x")
            .is_some()
    );
    assert!(
        base.trusted("http://127.0.0.1:7703/x").is_some(),
        "its pages may have a port of their own"
    );
    assert!(
        base.trusted("http://localhost:7702/x").is_some(),
        "another name of the same place"
    );
    assert!(base.trusted("http://localhost.example:7702/x").is_none());
    assert!(base.trusted("http://10.0.0.1:7702/x").is_none());
    assert!(
        BaseUrl::default()
            .trusted("http://127.0.0.1:7702/x")
            .is_none()
    );
    assert!(base.trusted("javascript://127.0.0.1/%0aalert(1)").is_none());
}

#[test]
fn an_address_for_a_payer_is_written_anew() {
    let base = BaseUrl::default();
    let host = "https://online-pay.kakaopay.com";
    for (came, written) in [
        ("", "/"),
        ("/pay/1?a=b&c=%20#d", "/pay/1?a=b&c=%20#d"),
        ("/pay\r\nSet-Cookie: a=b", "/paySet-Cookie:%20a=b"),
        ("/pay\t/\n1", "/pay/1"),
        ("\\pay\\1", "/pay/1"),
        ("/pay?a=\\b#\\c", "/pay?a=%5Cb#%5Cc"),
        ("/pay?a=\"<'>", "/pay?a=%22%3C%27%3E"),
        ("/초코?파이#1", "/%EC%B4%88%EC%BD%94?%ED%8C%8C%EC%9D%B4#1"),
        ("/a/../../b", "/b"),
        ("/pay\0\u{7f}", "/pay%00%7F"),
        (":443/pay ", "/pay"),
    ] {
        let address = base.payer_address(&format!("{host}{came}"));
        assert_eq!(address, Some(format!("{host}{written}")), "{came:?}");
    }
    for (came, written) in [
        ("\r\n https://kakaopay.com/x", "https://kakaopay.com/x"),
        ("HTTPS:\\\\KAKAOPAY.com\\x", "https://kakaopay.com/x"),
        ("https:kakaopay.com", "https://kakaopay.com/"),
    ] {
        assert_eq!(base.payer_address(came).as_deref(), Some(written));
    }
    for foreign in [
        "",
        "https://evil.example/\r\nhttps://kakaopay.com",
        "https://evil.example\\@kakaopay.com/",
        "https://evil.example\\.kakaopay.com/",
        "https://kakaopay.com\t.evil.example/",
        "https://kakaopay.com:pass@kakaopay.com/",
        "java\nscript:alert(1)//kakaopay.com",
    ] {
        assert_eq!(base.payer_address(foreign), None, "{foreign:?}");
    }
}

#[test]
fn an_address_for_a_payer_has_at_most_2000_characters() {
    let base = BaseUrl::default();
    let of = |length: usize| format!("{:x<length$}", "https://kakaopay.com/");
    assert_eq!(base.payer_address(&of(2_000)), Some(of(2_000)));
    assert_eq!(base.payer_address(&of(2_001)), None);
    // Written out, each of these takes nine.
    let korean = |count: usize| format!("https://kakaopay.com/{}", "초".repeat(count));
    assert!(base.payer_address(&korean(219)).is_some());
    assert_eq!(base.payer_address(&korean(220)), None);
    assert_eq!(base.payer_address(&"\n".repeat(1024 * 1024)), None);
}

proptest! {
    #[test]
    fn an_address_for_a_payer_is_visible_ascii_on_a_trusted_host_and_stays_as_it_is(
        base in prop::sample::select(vec![
            "https://open-api.kakaopay.com", "http://127.0.0.1:7702", "https://sandbox.example/x",
        ]),
        start in "[ \t\r\n]?(https?|HTTPS|javascript|kakaotalk):?[\t\n]?[/\\\\]{0,3}",
        host in "(a@|a:b@)?(kakaopay\\.com|pay\\.KAKAOPAY\\.com|127\\.0\\.0\\.1|localhost|sandbox\\.example|evil\\.example)(:443|:7702)?",
        rest in "([/\\\\?#@.]?(\\PC|[\\x00-\\x20\\x7f\\\\%'\"<>])?){0,40}",
    ) {
        let base: BaseUrl = base.parse().unwrap();
        let came = format!("{start}{host}{rest}");
        let address = base.payer_address(&came);
        prop_assert_eq!(address.is_some(), base.trusted(&came).is_some());
        if let Some(address) = address {
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
            prop_assert!(base.trusted(&address).is_some(), "{}", address);
            prop_assert_eq!(base.payer_address(&address), Some(address));
        }
    }
}
