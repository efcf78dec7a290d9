//! What is promised: each recorded change is told as this, in exactly these members.

use danpay_core::{
    Actor, Amount, Approval, ApprovalMode, ApproveAnswer, CancelAnswer, Canceled, CancellationId,
    CardInfo, Command, Context, Decision, EventId, EventKind, EventType, Jitter, LookedUp, Lookup,
    NewPayment, Order, OrderNumbers, Paid, PaymentId, PgToken, RedirectUrls, RefundLimits, Wanted,
    Won, create, decide,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{Event, List, Payment, body};

const SHOP: &str = "https://pay.shop.example";
const DOCS: &str = include_str!("../../../../docs/api.md");

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn won(amount: i64) -> Won {
    Won::new("amount", amount).unwrap()
}

fn amount(total: i64, vat: i64) -> Amount {
    Amount::asked(won(total), Won::ZERO, won(vat), Won::ZERO).unwrap()
}

fn context(second: i64) -> Context {
    Context {
        now: at(second),
        by: Actor::Shop,
        event_id: EventId::new(at(second), [second.unsigned_abs().to_le_bytes()[0]; 10]),
        jitter: Jitter::default(),
        evidence: Some(serde_json::json!({ "tid": "T6a0e3c1f2b4d5e6f708" })),
        obstacle: None,
        order_numbers: OrderNumbers::Unique,
        refund_limits: RefundLimits::default(),
    }
}

/// A payment, and what has happened to it.
struct Story {
    payment: danpay_core::Payment,
    events: Vec<(danpay_core::Event, danpay_core::Payment)>,
}

impl Story {
    fn begin() -> Self {
        let order = Order {
            order_id: "order-2026-1001".to_owned().try_into().unwrap(),
            user_id: "member-42".to_owned().try_into().unwrap(),
            item_name: "초코파이 외 1건".to_owned().try_into().unwrap(),
            item_code: None,
            quantity: 2,
            amount: amount(2200, 200),
            return_url: Some(
                "https://shop.example/orders/2026-1001"
                    .to_owned()
                    .try_into()
                    .unwrap(),
            ),
            approval: ApprovalMode::Automatic,
            metadata: [("coupon".to_owned(), "가을".to_owned())]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>()
                .try_into()
                .unwrap(),
            payment_method_type: None,
            available_cards: None,
            install_month: None,
            redirect_scheme_url: None,
        };
        let page = |device: &str| format!("https://online-payment.kakaopay.com/{device}");
        let new = NewPayment {
            shop_id: danpay_core::ShopId::from_bytes([1; 16]),
            id: PaymentId::new(at(0), [7; 10]),
            livemode: true,
            cid: "C123456789".to_owned(),
            tid: "T6a0e3c1f2b4d5e6f708".to_owned(),
            redirect: Some(RedirectUrls {
                pc: page("pc"),
                mobile: page("mobile"),
                app: page("app"),
            }),
            created_at: at(0),
        };
        let change = create(order, new, context(0));
        Self {
            payment: change.payment.clone(),
            events: vec![(change.event, change.payment)],
        }
    }

    fn then(mut self, second: i64, command: Command) -> Self {
        match decide(&self.payment, command, context(second)) {
            Decision::Commit(change) => {
                self.payment = change.payment.clone();
                self.events.push((change.event, change.payment));
                self
            }
            other => panic!("{other:?}"),
        }
    }

    fn approved() -> Self {
        let token = PgToken::new("0123456789abcdef0123".to_owned()).unwrap();
        Self::begin()
            .then(61, Command::Return { token, other: None })
            .then(62, Command::SettleApprove(ApproveAnswer::Paid(paid(0))))
    }

    /// What a shop was told last, as it reads it.
    fn told(&self) -> String {
        let (event, after) = self.events.last().unwrap();
        let event = Event::new(event, after, SHOP).unwrap();
        serde_json::to_string_pretty(&event).unwrap() + "\n"
    }
}

fn paid(canceled: i64) -> Box<Paid> {
    let card = CardInfo {
        kakaopay_issuer_corp: Some("신한".to_owned()),
        kakaopay_issuer_corp_code: Some("101".to_owned()),
        bin: Some("111111".to_owned()),
        card_type: Some("신용".to_owned()),
        install_month: Some("00".to_owned()),
        approved_id: Some("12345678".to_owned()),
        interest_free_install: Some("N".to_owned()),
        ..CardInfo::default()
    };
    Box::new(Paid {
        cid: "C123456789".to_owned(),
        tid: "T6a0e3c1f2b4d5e6f708".to_owned(),
        order_id: "order-2026-1001".to_owned(),
        user_id: "member-42".to_owned(),
        approval: Approval {
            aid: Some("A6a0e3c5d2b4d5e6f709".to_owned()),
            amount: amount(2200, 200),
            payment_method_type: Some("CARD".to_owned()),
            card_info: Some(card),
            approved_at: Some(at(62)),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: Amount {
            total: won(canceled),
            vat: won(canceled / 11),
            ..Amount::default()
        },
        cancels: Vec::new(),
        tells_payloads: false,
    })
}

fn looked_up(second: i64, lookup: Lookup) -> Command {
    let asked_at = at(second);
    Command::Learn(LookedUp { asked_at, lookup })
}

#[test]
fn a_sample_says_what_the_type_does() {
    let ready = Story::begin();
    let payment = Payment::new(&ready.payment, SHOP, at(0));
    let shown = serde_json::to_string_pretty(&payment).unwrap() + "\n";
    same("payment.ready", &shown);

    let approved = Story::approved();
    let payment = Payment::new(&approved.payment, SHOP, at(63));
    let shown = serde_json::to_string_pretty(&payment).unwrap() + "\n";
    same("payment", &shown);
    same("event.approved", &approved.told());

    let corrected = Story::begin()
        .then(931, looked_up(931, Lookup::Unpaid))
        .then(2_000, looked_up(2_000, Lookup::Paid(paid(0))));
    same("event.corrected", &corrected.told());

    let id = CancellationId::new(at(100), [9; 10]);
    let wanted = Wanted {
        total: Some(won(1100)),
        ..Wanted::default()
    };
    let reason = Some("품절".to_owned().try_into().unwrap());
    let answer = CancelAnswer::Canceled(Box::new(Canceled {
        cid: "C123456789".to_owned(),
        tid: "T6a0e3c1f2b4d5e6f708".to_owned(),
        aid: Some("A6a0e3c832b4d5e6f70a".to_owned()),
        amount: Some(amount(1100, 100)),
        canceled: amount(1100, 100),
        canceled_at: Some(at(101)),
    }));
    let canceled = approved
        .then(100, Command::Cancel { id, wanted, reason })
        .then(101, Command::SettleCancel(id, answer));
    same("event.partially_canceled", &canceled.told());
}

/// The members and their order, to the letter. `DANPAY_SAMPLES=write` writes what was changed on purpose.
fn same(name: &str, shown: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/wire/samples");
    let path = format!("{folder}/{name}.json");
    if std::env::var_os("DANPAY_SAMPLES").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let sample = std::fs::read_to_string(&path).unwrap();
    assert!(sample == shown, "{name} says:\n{sample}\nit is:\n{shown}");
}

#[test]
fn what_the_documents_show_is_of_a_sample() {
    let shown = DOCS
        .split("```json\n")
        .filter_map(|block| block.split("```").next());
    let mut shown = shown.filter(|block| block.starts_with(r#"{"id":"evt_"#));
    let shown: Value = serde_json::from_str(shown.next().unwrap()).unwrap();
    let sample: Value = serde_json::from_str(&Story::approved().told()).unwrap();
    let members = |value: &Value| value.as_object().unwrap().clone();
    for (name, value) in members(&shown) {
        if name == "payment" {
            for (name, value) in members(&value) {
                assert_eq!(value, sample["payment"][name.as_str()], "payment.{name}");
            }
        } else {
            assert_eq!(value, sample[name.as_str()], "{name}");
        }
    }
    assert_eq!(members(&shown).len(), members(&sample).len());
}

/// What a change of this kind is told as, in the state of `story`.
fn told(story: &Story, kind: EventKind) -> Option<&'static str> {
    let (event, _) = story.events.last().unwrap();
    let event = danpay_core::Event {
        kind,
        ..event.clone()
    };
    EventType::of(&event).map(EventType::as_str)
}

#[test]
fn each_change_is_told_as_this() {
    use EventKind as K;
    let ready = Story::begin();
    for (kind, expected) in [
        (K::Created, Some("payment.ready")),
        (K::Reopened, Some("payment.ready")),
        (K::Restored, None),
        (K::Authenticated, Some("payment.authenticated")),
        (K::ReturnedAgain, None),
        (K::Approving, None),
        (K::ApprovalRepeated, None),
        (K::ApprovalNotSent, None),
        (K::ApprovalUnknown, None),
        (K::OtherToken, None),
        (K::Approved, Some("payment.approved")),
        (K::Corrected, Some("payment.approved")),
        (K::PartiallyCanceled, Some("payment.partially_canceled")),
        (K::Canceled, Some("payment.canceled")),
        (K::CancellationRequested, None),
        (K::CancellationRepeated, None),
        (K::CancellationNotSent, None),
        (K::CancellationUnknown, None),
        (K::CancellationFailed, Some("payment.cancellation_failed")),
        (K::Quit, Some("payment.quit")),
        (K::Failed, Some("payment.failed")),
        (K::Expired, Some("payment.expired")),
        (K::Withdrawn, Some("payment.withdrawn")),
        (K::ReviewRequested, Some("payment.review_needed")),
    ] {
        assert_eq!(told(&ready, kind), expected, "{kind:?}");
        // A shop's developer finds it.
        let name = expected.unwrap_or_default();
        assert!(DOCS.contains(name), "docs/api.md does not name {name}");
    }
}

#[test]
fn money_that_moved_after_all_is_told_as_money_with_what_was_told_before() {
    for (canceled, expected) in [
        (0, "payment.approved"),
        (1100, "payment.approved"),
        (2200, "payment.canceled"),
    ] {
        let paid = || looked_up(2_000, Lookup::Paid(paid(canceled)));
        let corrected = Story::begin()
            .then(300, looked_up(300, Lookup::Quit))
            .then(2_000, paid());
        let told: Value = serde_json::from_str(&corrected.told()).unwrap();
        assert_eq!(told["type"], expected);
        assert_eq!(told["corrected_from"], "quit");
        assert_eq!(told["payment"]["canceled_amount"]["total"], canceled);

        // Of what was still open it is no correction.
        let found = Story::begin().then(2_000, paid());
        let told: Value = serde_json::from_str(&found.told()).unwrap();
        assert_eq!(told["type"], expected);
        assert_eq!(told["corrected_from"], Value::Null);
    }
    // Nor is what follows a correction.
    let refunded = Story::begin()
        .then(300, looked_up(300, Lookup::Quit))
        .then(2_000, looked_up(2_000, Lookup::Paid(paid(0))))
        .then(2_100, looked_up(2_100, Lookup::Paid(paid(1100))));
    let told: Value = serde_json::from_str(&refunded.told()).unwrap();
    assert_eq!(told["type"], "payment.partially_canceled");
    assert_eq!(told["corrected_from"], Value::Null);
    let cancellation = &told["payment"]["cancellations"][0];
    assert_eq!(told["cancellation_id"], cancellation["id"]);
    assert_eq!(cancellation["outside"], true);
}

#[test]
fn what_a_person_has_to_look_at_is_marked_whatever_else_is_told() {
    let told = |story: Story| serde_json::from_str::<Value>(&story.told()).unwrap();
    assert_eq!(told(Story::approved())["needs_review"], false);
    let first = PaymentId::new(at(0), [1; 10]);
    let mut second = Story::begin();
    let obstacle = danpay_core::Obstacle::Order(danpay_core::Holder {
        payment: first,
        is_paid: true,
    });
    let context = Context {
        obstacle: Some(obstacle),
        ..context(100)
    };
    let command = looked_up(100, Lookup::Paid(paid(0)));
    let Decision::Commit(change) = decide(&second.payment, command, context) else {
        panic!("it is booked");
    };
    second.events.push((change.event, change.payment));
    let told = told(second);
    assert_eq!(told["type"], "payment.approved");
    assert_eq!(told["needs_review"], true);
    let expected = first.to_string();
    assert_eq!(told["payment"]["second_charge_of"], expected.as_str());
}

#[test]
fn what_is_operators_own_is_told_to_no_shop() {
    let approved = Story::approved();
    for (event, after) in &approved.events {
        let Some(told) = Event::new(event, after, SHOP) else {
            continue;
        };
        let told = body(&told);
        for own in [
            "evidence",
            "calls_in_doubt",
            "claims",
            "0123456789abcdef0123",
        ] {
            assert!(!told.contains(own), "{own} in {told}");
        }
    }
}

#[test]
fn a_list_names_its_next_page_and_what_is_damaged_in_it() {
    let last: List<u8> = List::new(vec![1], None, Vec::new());
    let expected = r#"{"object":"list","data":[1],"next_cursor":null,"damaged":[]}"#;
    assert_eq!(body(&last), expected);
    let page: List<u8> = List::new(vec![], Some("7".to_owned()), vec!["evt_1".to_owned()]);
    let expected = r#"{"object":"list","data":[],"next_cursor":"7","damaged":["evt_1"]}"#;
    assert_eq!(body(&page), expected);
}

/// Approved, with so many cancellations, each with a reason, and so much metadata.
fn with_cancellations(count: u8, metadata: usize) -> (danpay_core::Event, danpay_core::Payment) {
    let (event, mut payment) = Story::approved().events.pop().unwrap();
    let cancellation = |n| danpay_core::Cancellation {
        id: CancellationId::new(at(100 + i64::from(n)), [n; 10]),
        amount: amount(11, 1),
        reason: Some("품".repeat(100).try_into().unwrap()),
        requested_at: at(100),
        state: danpay_core::CancellationState::Done {
            aid: Some("A6a0e3c832b4d5e6f70a".to_owned()),
            canceled_at: Some(at(101)),
            outside: false,
        },
    };
    payment.cancellations = (0..count).map(cancellation).collect();
    let metadata = (0..metadata).map(|n| (format!("{n:02}"), "🍫".repeat(500)));
    let metadata = metadata.collect::<std::collections::BTreeMap<_, _>>();
    payment.order.metadata = metadata.try_into().unwrap();
    (event, payment)
}

#[test]
fn a_webhook_has_the_newest_fifty_cancellations_and_says_that_there_are_more() {
    let told = |count| {
        let (event, payment) = with_cancellations(count, 0);
        let told = super::webhook(&event, &payment, SHOP).unwrap();
        assert!(told.len() <= 64 * 1024);
        let told: Value = serde_json::from_str(&told).unwrap();
        let shown = serde_json::to_value(Payment::new(&payment, SHOP, event.at)).unwrap();
        (told["data"].clone(), shown)
    };
    // All of them, and then it is the payment to the letter.
    let (data, shown) = told(50);
    assert_eq!(data, shown);
    assert_eq!(data["cancellations_truncated"], false);
    let (data, shown) = told(60);
    let all = shown["cancellations"].as_array().unwrap();
    assert_eq!(data["cancellations"].as_array().unwrap(), &all[10..]);
    assert_eq!(data["cancellations_truncated"], true);
}

#[test]
fn a_webhook_that_would_be_larger_than_64_kib_has_fewer_cancellations() {
    let (event, payment) = with_cancellations(60, 20);
    let told = super::webhook(&event, &payment, SHOP).unwrap();
    assert!(told.len() <= 64 * 1024, "{}", told.len());
    let told: Value = serde_json::from_str(&told).unwrap();
    let left = told["data"]["cancellations"].as_array().unwrap();
    assert!((1..50).contains(&left.len()), "{}", left.len());
    let newest = payment.cancellations.last().unwrap().id.to_string();
    assert_eq!(left.last().unwrap()["id"], newest);
    assert_eq!(told["data"]["cancellations_truncated"], true);
    assert_eq!(told["data"]["metadata"].as_object().unwrap().len(), 20);
}
