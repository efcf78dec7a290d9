//! What becomes of an endpoint, and what it hears.

use super::*;

#[test]
fn an_endpoint_is_disabled_after_five_days_without_a_success() {
    let first = Standing::default().after(&status(500), at(0));
    assert_eq!(first.failing_since, Some(at(0)));
    assert_eq!(first.disabled, None);
    let five_days = after(at(0), GIVE_UP_AFTER);
    let almost = first.after(&silence(), five_days - SECONDS(1));
    assert_eq!(almost, first);
    let given_up = first.after(&status(500), five_days);
    assert_eq!(given_up.disabled, Some((five_days, Disabled::Failing)));
    // One success in between, and the time begins anew.
    assert_eq!(first.after(&status(200), at(1)), Standing::default());
    assert_eq!(GIVE_UP_AFTER, DAY * 5);
}

#[test]
fn an_endpoint_that_says_it_is_gone_is_disabled_at_once() {
    let gone = Standing::default().after(&status(410), at(0));
    assert_eq!(gone.disabled, Some((at(0), Disabled::Gone)));
    // What is disabled stays as it is, whatever comes in late.
    assert_eq!(gone.after(&status(200), at(1)), gone);
    assert_eq!(gone.after(&status(410), at(1)), gone);
    let by_hand = Standing {
        failing_since: None,
        disabled: Some((at(0), Disabled::ByHand)),
    };
    assert_eq!(by_hand.after(&status(410), at(1)), by_hand);
}

#[test]
fn an_endpoint_hears_what_it_asked_for() {
    let some = EventFilter::Only(vec!["payment.approved".to_owned()]);
    assert!(some.hears("payment.approved"));
    assert!(!some.hears("payment.ready"));
    assert!(!some.hears(ENDPOINT_DISABLED));
    assert!(EventFilter::known().all(|name| EventFilter::All.hears(name)));
    assert_eq!(EventFilter::known().count(), EventType::ALL.len() + 1);
}

#[test]
fn names_of_statuses_read_back() {
    for status in DeliveryStatus::ALL {
        assert_eq!(DeliveryStatus::named(status.as_str()), Some(status));
    }
    assert_eq!(DeliveryStatus::named("sent"), None);
}
