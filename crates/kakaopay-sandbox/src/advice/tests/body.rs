//! Bodies that cannot be read, and fields that are wrong in them.

use super::*;

#[test]
fn a_body_that_cannot_be_read_is_told_apart_by_what_it_is() {
    let form = with(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(refused(&form), ["json_as_form"]);
    let mut form = form;
    form.body = Bytes::from_static(b"cid=TC0ONETIME");
    assert_eq!(refused(&form), ["form_body"]);
    let euc_kr = call(READY, &b"{\"item_name\":\"\xc3\xca\xc4\xda\"}"[..]);
    assert_eq!(refused(&euc_kr), ["not_utf8"]);
    let text = with(header::CONTENT_TYPE, "text/plain");
    assert_eq!(refused(&text), ["wrong_content_type"]);
    for (body, name) in [
        ("cid=TC0ONETIME&tid=T1", "form_body"),
        ("", "empty_body"),
        ("[1]", "not_an_object"),
        (r#""{\"cid\":\"TC0ONETIME\"}""#, "encoded_twice"),
        (r#"{"cid":"TC0ONETIME""#, "broken_json"),
        ("\u{feff}{\"cid\":\"TC0ONETIME\"}", "byte_order_mark"),
        (
            "<br>Notice: x {\"cid\":\"TC0ONETIME\"}",
            "output_around_json",
        ),
        ("{\"cid\":\"TC0ONETIME\"}\nstring(9)", "output_around_json"),
    ] {
        assert_eq!(refused(&call(READY, body)), [name], "{body}");
    }
}

#[test]
fn each_field_that_keeps_ready_from_working_is_named() {
    let long = format!("https://shop.example/?{}", "x".repeat(300));
    for (body, name) in [
        (without("tax_free_amount"), "no_tax_free_amount"),
        (without("cid"), "missing_field"),
        (ready(json!({ "item_name": "" })), "missing_field"),
        (
            ready(json!({ "cancel_url": null, "cancle_url": "https://shop.example" })),
            "misspelt_field",
        ),
        (
            ready(json!({ "partner_order_id": null, "partnerOrderId": "1" })),
            "misspelt_field",
        ),
        (ready(json!({ "approval_url": long })), "url_too_long"),
        (ready(json!({ "fail_url": "/fail" })), "url_not_absolute"),
        (
            ready(json!({ "fail_url": "localhost:8080/fail" })),
            "url_without_scheme",
        ),
        (ready(json!({ "item_name": "파".repeat(101) })), "too_long"),
        (ready(json!({ "total_amount": "2,200" })), "no_whole_number"),
        (ready(json!({ "total_amount": 2200.5 })), "no_whole_number"),
        (ready(json!({ "quantity": 0 })), "too_small"),
        (
            ready(json!({ "tax_free_amount": 2201 })),
            "tax_free_above_total",
        ),
    ] {
        assert_eq!(refused(&call(READY, body.clone())), [name], "{body}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let said = advise(
        &call(READY, without("quantity")),
        Some(&refusal(StatusCode::BAD_REQUEST, -2)),
    );
    assert!(said[0].en.contains("quantity") && said[0].ko.contains("quantity"));
}

#[test]
fn a_person_in_partner_user_id_is_warned_of_although_it_works() {
    let fine = Answer {
        status: StatusCode::OK,
        body: "{}".to_owned(),
    };
    for user in ["kim@example.com", "010-1234-5678", "+82 10 1234 5678"] {
        let call = call(READY, ready(json!({ "partner_user_id": user })));
        assert_eq!(names(&call, &fine), ["personal_data"], "{user}");
        assert!(!format!("{:?}", advise(&call, Some(&fine))).contains(user));
    }
    for user in ["user-1", "1", "kim@home", "20240730", "0191f2c4-7d3a"] {
        let call = call(READY, ready(json!({ "partner_user_id": user })));
        assert!(names(&call, &fine).is_empty(), "{user}");
    }
}
