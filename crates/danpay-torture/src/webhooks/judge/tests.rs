use serde_json::{Value, json};

use super::*;
use crate::webhooks::desk::Attempt;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn event(sequence: u32) -> Event {
    let none = json!({ "total": 0, "tax_free": 0, "vat": 0 });
    let all = json!({ "total": 2200, "tax_free": 0, "vat": 200 });
    let payment = json!({
        "id": "pay_1", "status": "ready", "order_id": "order-1", "tid": "T1", "cid": "TC0ONETIME",
        "approval": "automatic", "expires_at": at(900), "amount": all, "canceled_amount": none,
        "cancel_available_amount": all, "cancellations": [], "livemode": false,
        "user_id": "member-1", "item_name": "초코파이", "quantity": 1, "metadata": {},
        "created_at": at(0),
    });
    let event = json!({
        "id": format!("evt_{sequence}"), "type": "payment.ready", "sequence": sequence,
        "created_at": at(0), "livemode": false, "payment": payment,
    });
    serde_json::from_value(event).unwrap()
}

/// One payment with three events, one after the other at one receiver, and nothing is wrong with them.
struct Case {
    feed: Vec<Event>,
    bodies: BTreeMap<String, Option<String>>,
    seen: Seen,
    disabled: usize,
}

impl Case {
    fn new() -> Self {
        let feed = vec![event(1), event(2), event(3)];
        let body = |event: &Event| {
            let body = json!({
                "type": event.r#type, "timestamp": event.created_at, "data": event.payment,
                "sequence": event.sequence,
            });
            (event.id.to_string(), Some(body.to_string()))
        };
        let mut case = Self {
            bodies: feed.iter().map(body).collect(),
            feed,
            seen: Seen {
                name: "well",
                letters: Letters::new(),
                deliveries: BTreeMap::new(),
                resent: BTreeSet::new(),
                was_disabled: false,
            },
            disabled: 0,
        };
        for number in 1..=3 {
            case.comes(&format!("evt_{number}"), 10 * number);
        }
        case
    }

    /// It comes then, and is taken in the second after that.
    fn comes(&mut self, event: &str, second: i64) {
        let letter = Letter {
            came_at: at(second),
            refused_at: None,
            taken_at: Some(at(second + 1)),
            taken: 1,
        };
        let delivery = Delivery {
            id: "wd_1".to_owned(),
            endpoint_id: "we_1".to_owned(),
            event_id: event.to_owned(),
            status: "delivered".to_owned(),
            next_attempt_at: None,
            attempts: Vec::new(),
        };
        self.seen.letters.insert(event.to_owned(), letter);
        self.seen.deliveries.insert(event.to_owned(), delivery);
    }

    fn letter(&mut self, event: &str) -> &mut Letter {
        self.seen.letters.get_mut(event).unwrap()
    }

    fn delivery(&mut self, event: &str) -> &mut Delivery {
        self.seen.deliveries.get_mut(event).unwrap()
    }

    fn says(mut self, event: &str, place: &str, what: impl Into<Value>) -> Self {
        let body = self.bodies.get_mut(event).unwrap();
        let mut said: Value = serde_json::from_str(body.as_deref().unwrap()).unwrap();
        *said.pointer_mut(place).unwrap() = what.into();
        *body = Some(said.to_string());
        self
    }

    fn found(self) -> Vec<String> {
        let evidence = Evidence {
            feed: &self.feed,
            bodies: &self.bodies,
            receivers: &[self.seen],
            disabled: self.disabled,
        };
        let found = judge(&evidence).into_iter();
        found
            .map(|one| format!("{}: {}", one.payment.unwrap(), one.what))
            .collect()
    }

    /// One thing is found, of which this is said.
    fn finds(self, what: &str) {
        let found = self.found();
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    }
}

#[test]
fn what_came_once_or_twice_in_order_is_well() {
    let mut case = Case::new();
    case.letter("evt_2").taken = 2;
    assert_eq!(case.found(), [""; 0]);
}

#[test]
fn what_never_came_is_lost() {
    let mut case = Case::new();
    case.letter("evt_3").taken = 0;
    case.finds("evt_3: it is lost at the receiver that well");
    let mut case = Case::new();
    case.bodies.remove("evt_3");
    case.finds("evt_3: it is lost: it came nowhere");
}

#[test]
fn danpay_has_to_know_what_arrived() {
    let mut case = Case::new();
    case.delivery("evt_1").status = "pending".to_owned();
    case.finds("evt_1: at the receiver that well it was taken 1 times, and is pending");
    let mut case = Case::new();
    case.seen.deliveries.remove("evt_2");
    case.finds("and is not there");
}

#[test]
fn what_comes_before_an_earlier_one_is_taken_is_out_of_order() {
    // Even if only the answer was still under way.
    for second in [0, 20] {
        let mut case = Case::new();
        case.letter("evt_3").came_at = at(second);
        let found = case.found();
        assert!(!found.is_empty(), "{second}");
        let are_named = found.iter().all(|one| one.starts_with("pay_1: at the"));
        assert!(are_named, "{found:?}");
    }
}

#[test]
fn what_was_refused_long_before_or_sent_once_more_holds_up_none() {
    let refused = |then| {
        let mut case = Case::new();
        case.letter("evt_1").refused_at = Some(at(5));
        case.letter("evt_1").taken_at = Some(at(900));
        case.letter("evt_2").came_at = at(then);
        case.letter("evt_2").taken_at = Some(at(then));
        case.letter("evt_3").came_at = at(then);
        case
    };
    assert_eq!(refused(305).found(), [""; 0]);
    assert_eq!(refused(304).found().len(), 2);
    let mut asked_for = refused(100);
    asked_for.seen.resent = ["evt_2", "evt_3"].map(str::to_owned).into();
    assert_eq!(asked_for.found(), [""; 0]);
}

#[test]
fn a_connection_that_was_not_made_is_a_refusal_that_only_danpay_knows() {
    let mut case = Case::new();
    case.comes("evt_1", 400);
    case.comes("evt_2", 500);
    case.comes("evt_3", 330);
    for event in ["evt_1", "evt_2"] {
        case.delivery(event).attempts.push(Attempt {
            at: at(10),
            duration_ms: 20_000,
            status: None,
            error: Some("connect".to_owned()),
        });
    }
    assert_eq!(case.found(), [""; 0]);
}

#[test]
fn a_body_says_what_the_feed_says() {
    let wrong = "its body is not what the feed says";
    Case::new().says("evt_1", "/sequence", 2).finds(wrong);
    Case::new()
        .says("evt_1", "/type", "payment.quit")
        .finds(wrong);
    Case::new().says("evt_2", "/data/id", "pay_2").finds(wrong);
    Case::new()
        .says("evt_3", "/data/amount/total", 1)
        .finds(wrong);
    let mut case = Case::new();
    case.feed.pop();
    case.finds("evt_3: it came, and the feed does not have it");
}

#[test]
fn that_an_endpoint_was_disabled_is_told_to_the_others_each_time() {
    let mut told = Case::new();
    told.disabled = 1;
    told.bodies.insert("evt_4".to_owned(), None);
    told.comes("evt_4", 5);
    assert_eq!(told.found(), [""; 0]);
    let mut never = Case::new();
    never.disabled = 1;
    never.finds("an endpoint was disabled 1 times, and 0 times told of");
    let mut one_itself = Case::new();
    one_itself.disabled = 1;
    one_itself.seen.was_disabled = true;
    one_itself.bodies.insert("evt_4".to_owned(), None);
    assert_eq!(one_itself.found(), [""; 0]);
}
