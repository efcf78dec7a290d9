use proptest::prelude::*;

use super::*;

#[test]
fn lengths_are_counted_in_characters_not_bytes() {
    assert!(ItemName::try_from("초".repeat(100)).is_ok());
    let error = ItemName::try_from("초".repeat(101)).unwrap_err();
    assert_eq!(error.field(), "item_name");
    assert_eq!(
        error.problem(),
        FieldProblem::Length {
            min: 1,
            max: 100,
            actual: 101
        }
    );
    assert_eq!(
        error.to_string(),
        "item_name must be 1 to 100 characters long, but is 101"
    );
}

#[test]
fn an_item_name_can_be_read() {
    for blank in [" ", "\t\n", "\u{3000}"] {
        let error = ItemName::try_from(blank).unwrap_err();
        assert_eq!(error.problem(), FieldProblem::Blank);
    }
    let error = ItemName::try_from("초코\0파이").unwrap_err();
    assert_eq!(
        error.to_string(),
        "item_name must not hold NUL, but character 3 is"
    );
}

#[test]
fn each_of_three_addresses_is_named_when_it_is_wrong() {
    let (good, bad) = ("https://shop.example/x", "myshop://x");
    for (urls, field) in [
        ([bad, good, good], "approval_url"),
        ([good, bad, good], "cancel_url"),
        ([good, good, bad], "fail_url"),
    ] {
        let [approval, cancel, fail] = urls;
        let error = crate::RedirectUrls::new(approval, cancel, fail).unwrap_err();
        assert_eq!(error.field(), field);
    }
}

#[test]
fn every_field_has_its_documented_limit() {
    fn limit<T: FromStr>(max: usize) -> bool {
        let of = |length: usize| "x".repeat(length).parse::<T>().is_ok();
        of(max) && !of(max + 1) && !of(0)
    }
    assert!(limit::<PartnerOrderId>(100));
    assert!(limit::<PartnerUserId>(100));
    assert!(limit::<ItemName>(100));
    assert!(limit::<ItemCode>(100));
    assert!(limit::<Payload>(200));
    assert!(limit::<Cid>(10) && "x".repeat(9).parse::<Cid>().is_err());
    assert!(limit::<Tid>(20) && "x".repeat(19).parse::<Tid>().is_err());
    assert!(limit::<Aid>(20) && "x".repeat(19).parse::<Aid>().is_err());
    assert!(limit::<Sid>(20) && "x".repeat(19).parse::<Sid>().is_err());
}

#[test]
fn a_redirect_url_is_absolute_http_or_https_and_at_most_255_characters() {
    for url in [
        "https://shop.example/approve?order=1",
        "http://localhost:7700/approve",
        "https://상점.example/결제",
    ] {
        assert_eq!(
            RedirectUrl::try_from(url).unwrap(),
            url,
            "kept as it was written"
        );
    }
    for url in ["", "/approve", "shop.example/approve", "https://"] {
        assert!(RedirectUrl::try_from(url).is_err(), "{url}");
    }
    for url in [
        "myshop://payment/approve",
        "javascript:alert(1)",
        "localhost:8080/ok",
    ] {
        let error = RedirectUrl::try_from(url).unwrap_err();
        assert_eq!(error.problem(), FieldProblem::UrlScheme, "{url}");
    }
    let url = |length: usize| format!("https://shop.example/{}", "a".repeat(length - 21));
    assert!(RedirectUrl::try_from(url(255)).is_ok());
    assert!(RedirectUrl::try_from(url(256)).is_err());
}

#[test]
fn what_the_merchant_chooses_is_checked_when_read_from_json_too() {
    assert!(serde_json::from_str::<Cid>("\"TC0ONETIME\"").is_ok());
    let error = serde_json::from_str::<Cid>("\"TC0\"").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cid must be exactly 10 characters long, but is 3")
    );
}

#[test]
fn what_kakaopay_issues_is_taken_from_json_as_it_is() {
    let aid: Aid = serde_json::from_str("\"A12345678901234567890\"").unwrap();
    assert_eq!(aid, "A12345678901234567890");
    assert_eq!(Aid::issued("A12345678901234567890"), aid);
    assert!(Aid::try_from(String::from(aid)).is_err());
}

#[test]
fn an_id_that_cannot_stand_in_one_line_of_ascii_is_refused() {
    for cid in ["TC0 NETIME", "TC0ONETIM\n", "가나다라마바사아자차"] {
        let error = Cid::try_from(cid).unwrap_err();
        assert!(
            matches!(error.problem(), FieldProblem::Character { .. }),
            "{cid}"
        );
    }
}

#[test]
fn the_long_parts_of_an_address_are_taken_for_secrets_and_its_host_is_not() {
    let secret = "0123456789abcdefghij";
    let long_host = "a-host-of-many-characters.example";
    let parts = |address: String| -> Vec<String> {
        let url = RedirectUrl::try_from(address).unwrap();
        url.long_parts().map(str::to_owned).collect()
    };
    for address in [
        format!("https://{long_host}/{secret}"),
        format!("https://{long_host}/return/pay_1/approve/{secret}"),
        format!("https://{long_host}/return/{secret}/approve?x=1"),
        format!("https://{long_host}?order=1&key={secret}#top"),
        format!("https://{long_host}/#{secret}"),
        format!("https:{long_host}/{secret}"),
        format!("https:\\\\{long_host}\\{secret}"),
    ] {
        assert_eq!(parts(address.clone()), [secret], "{address}");
    }
    for address in [
        format!("https://{long_host}"),
        format!("https://{long_host}/0123456789abcdefghi/0123456789?a=b"),
    ] {
        assert_eq!(parts(address.clone()), [""; 0], "{address}");
    }
}

proptest! {
    #[test]
    fn an_accepted_text_comes_back_unchanged(text in "\\PC{0,120}") {
        let length = text.chars().count();
        match PartnerOrderId::try_from(text.as_str()) {
            Ok(id) => {
                prop_assert!((1..=100).contains(&length));
                let json = serde_json::to_string(&id).unwrap();
                prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
                prop_assert_eq!(serde_json::from_str::<PartnerOrderId>(&json).unwrap(), id);
            }
            Err(error) => {
                prop_assert_eq!(
                    error.problem(),
                    FieldProblem::Length { min: 1, max: 100, actual: length }
                );
            }
        }
    }
}

#[test]
fn kakaopays_three_test_codes_are_known_and_a_merchants_own_is_none() {
    for code in ["TC0ONETIME", "TCSUBSCRIP", "TCSEQUENCE"] {
        assert!(code.parse::<Cid>().unwrap().is_test(), "{code}");
    }
    assert!(Cid::test_one_time().is_test());
    for code in ["C123456789", "CT12345678", "tc0onetime"] {
        assert!(!code.parse::<Cid>().unwrap().is_test(), "{code}");
    }
}
