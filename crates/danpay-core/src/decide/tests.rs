//! The machine as a table, and its promises under any order of events.

mod approval;
mod cancel;
mod claim;
mod doubt;
mod erase;
mod learn;
mod model;
mod orders;
mod refund_day;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::calls_in_doubt::CallsInDoubt;
use crate::cancellation::{CancellationState, Wanted};
use crate::command::{
    ApproveAnswer, CancelAction, CancelAnswer, Canceled, Holder, LookedUp, Lookup, Obstacle,
    OrderNumbers, Paid, RefundLimits, Refunded,
};
use crate::event::{Actor, replay};
use crate::failure::Failure;
use crate::id::{EventId, PaymentId};
use crate::metadata::Metadata;
use crate::order::{Amount, ApprovalMode};
use crate::payment::{Approval, Refused};
use crate::review::Review;
use crate::won::Won;

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// A context whose event id is new each time.
fn context(now: Timestamp) -> Context {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Context {
        now,
        by: Actor::Recovery,
        jitter: timing::Jitter::WHOLE,
        event_id: EventId::new(now, random),
        evidence: None,
        obstacle: None,
        order_numbers: OrderNumbers::Unique,
        refund_limits: RefundLimits::default(),
    }
}

fn text<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned()).ok().unwrap()
}

fn payment(approval: ApprovalMode) -> Payment {
    let won = |amount| Won::new("amount", amount).unwrap();
    let order = Order {
        order_id: text("order-1"),
        user_id: text("user-1"),
        item_name: text("초코파이"),
        item_code: None,
        quantity: 1,
        amount: Amount::asked(won(2200), Won::ZERO, won(200), Won::ZERO).unwrap(),
        return_url: None,
        approval,
        metadata: Metadata::default(),
        payment_method_type: None,
        available_cards: None,
        install_month: None,
        redirect_scheme_url: None,
    };
    let url = || "https://online-payment.kakaopay.com/x".to_owned();
    let new = NewPayment {
        shop_id: ShopId::from_bytes([1; 16]),
        id: PaymentId::new(start(), [1; 10]),
        livemode: false,
        cid: "TC0ONETIME".to_owned(),
        tid: "T1234567890123456789".to_owned(),
        redirect: Some(RedirectUrls {
            pc: url(),
            mobile: url(),
            app: url(),
        }),
        created_at: start(),
    };
    create(order, new, context(start())).payment
}

/// The events alone give the payment, but for its secret.
fn assert_replays(opened: &Payment, events: &[Event], payment: &Payment) {
    let mut shown = payment.clone();
    (shown.pg_token, shown.further_pg_token) = (None, None);
    assert_eq!(replay(opened.clone(), events), shown);
}

fn paid(canceled: i64) -> Box<Paid> {
    let amount = payment(ApprovalMode::Automatic).order.amount;
    Box::new(Paid {
        cid: "TC0ONETIME".to_owned(),
        tid: "T1234567890123456789".to_owned(),
        order_id: "order-1".to_owned(),
        user_id: "user-1".to_owned(),
        approval: Approval {
            aid: Some("A1234567890123456789".to_owned()),
            amount,
            payment_method_type: Some("MONEY".to_owned()),
            card_info: None,
            approved_at: Some(start()),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: gone(canceled),
        cancels: Vec::new(),
        tells_payloads: false,
    })
}

/// So much went back, with its VAT.
fn gone(total: i64) -> Amount {
    let won = |amount| Won::new("x", amount).unwrap();
    Amount {
        total: won(total),
        vat: won((total + 5) / 11),
        ..Amount::default()
    }
}

fn can(n: u8) -> CancellationId {
    CancellationId::from_bytes([n; 16])
}

fn cancel(id: CancellationId, total: Option<i64>) -> Command {
    let total = total.map(|total| Won::new("x", total).unwrap());
    let wanted = Wanted {
        total,
        ..Wanted::default()
    };
    Command::Cancel {
        id,
        wanted,
        reason: None,
    }
}

/// All that is left, if it is this.
fn cancel_if_left(id: CancellationId, expected_left: i64) -> Command {
    let wanted = Wanted {
        expected_left: Won::new("x", expected_left).ok(),
        ..Wanted::default()
    };
    Command::Cancel {
        id,
        wanted,
        reason: None,
    }
}

/// A lookup, asked and answered at that moment.
fn learn(lookup: Lookup, asked_at: Timestamp) -> Command {
    Command::Learn(LookedUp { asked_at, lookup })
}

fn canceled(amount: Amount, so_far: Amount) -> CancelAnswer {
    CancelAnswer::Canceled(Box::new(Canceled {
        cid: "TC0ONETIME".to_owned(),
        tid: "T1234567890123456789".to_owned(),
        aid: Some("A2".to_owned()),
        amount: Some(amount),
        canceled: so_far,
        canceled_at: Some(start()),
    }))
}

fn failure() -> Failure {
    let [code, message, message_ko] = ["x"; 3].map(str::to_owned);
    Failure {
        code,
        message,
        message_ko,
        kakaopay: None,
    }
}

fn token() -> PgToken {
    PgToken::new("0123456789abcdef0123".to_owned()).unwrap()
}

fn other_token() -> PgToken {
    PgToken::new("fedcba98765432100000".to_owned()).unwrap()
}

fn approving(calls: u32) -> State {
    State::Approving {
        since: at(10),
        calls: CallsInDoubt {
            newest: at(10),
            count: calls,
        },
        refused: None,
        returns: Returns::default(),
    }
}

fn ready() -> State {
    State::Ready {
        returns: Returns::default(),
    }
}

fn authenticated() -> State {
    State::Authenticated {
        since: at(10),
        returns: Returns::default(),
    }
}

/// The payer comes back with this token.
fn comes_back(token: PgToken) -> Command {
    Command::Return { token, other: None }
}

fn in_state(state: State) -> Payment {
    let mut payment = payment(ApprovalMode::Automatic);
    payment.pg_token = state.needs_pg_token().then(token);
    payment.state = state;
    payment
}

#[test]
fn an_answer_about_something_else_settles_nothing_and_asks_for_a_person() {
    let payment = in_state(approving(1));
    let lies: [fn(&mut Paid); 5] = [
        |paid| paid.tid = "T0".to_owned(),
        |paid| paid.cid = "C0".to_owned(),
        |paid| paid.order_id = "order-2".to_owned(),
        |paid| paid.user_id = "user-2".to_owned(),
        |paid| paid.approval.amount.total = Won::new("x", 2199).unwrap(),
    ];
    for lie in lies {
        let mut answer = paid(0);
        lie(&mut answer);
        let settle = Command::SettleApprove(ApproveAnswer::Paid(answer));
        let Decision::Commit(change) = decide(&payment, settle, context(at(12))) else {
            panic!("a contradiction must be recorded");
        };
        assert_eq!(change.payment.status(), Status::Approving);
        assert!(change.payment.review.is_some());
        assert!(change.next_check.is_some());
    }
}

#[test]
fn doubt_of_a_day_asks_for_a_person_once() {
    let payment = in_state(approving(1));
    let now = at(90_000);
    let Decision::Commit(change) = decide(&payment, learn(Lookup::Inconclusive, now), context(now))
    else {
        panic!("a review must be recorded");
    };
    assert!(change.payment.review.is_some());
    let now = at(95_000);
    let again = decide(
        &change.payment,
        learn(Lookup::Inconclusive, now),
        context(now),
    );
    assert!(matches!(again, Decision::Wait(Some(_))), "{again:?}");
}

/// A server that was stopped between the question and what it does with the answer.
#[test]
fn what_is_heard_late_is_as_old_as_its_question() {
    let (claimed, asked, heard) = (at(890), at(895), at(940));
    let payment = in_state(State::Approving {
        since: claimed,
        calls: CallsInDoubt::first(claimed),
        refused: None,
        returns: Returns::default(),
    });
    // The call may have been approved at 898, and it is past the expiry and its margin.
    for lookup in [
        Lookup::Unpaid,
        Lookup::Quit,
        Lookup::Failed(failure()),
        Lookup::NotFound,
    ] {
        let late = decide(&payment, learn(lookup, asked), context(heard));
        assert!(matches!(late, Decision::Wait(Some(_))), "{late:?}");
    }
    let now = decide(&payment, learn(Lookup::Unpaid, heard), context(heard));
    assert!(matches!(now, Decision::Commit(_)), "{now:?}");

    let Decision::Commit(change) = decide(
        &in_state(State::Approved {
            approval: paid(0).approval,
        }),
        cancel(can(1), Some(1100)),
        context(claimed),
    ) else {
        panic!("it is claimed");
    };
    let lookup = Lookup::Paid(paid(0));
    let late = decide(&change.payment, learn(lookup, asked), context(heard));
    assert!(matches!(late, Decision::Wait(Some(_))), "{late:?}");
}

#[test]
fn nothing_secret_is_printed_or_recorded() {
    let payment = in_state(ready());
    let Decision::Commit(change) = decide(&payment, comes_back(token()), context(at(5))) else {
        panic!("the first return claims");
    };
    assert!(change.payment.pg_token.is_some());
    assert!(!format!("{change:?}").contains("0123456789abcdef"));
    assert!(
        !serde_json::to_string(&change.event)
            .unwrap()
            .contains("0123456789abcdef")
    );
}

/// What is committed when this command comes at this second.
fn committed(payment: &Payment, command: Command, second: i64) -> Change {
    match decide(payment, command, context(at(second))) {
        Decision::Commit(change) => *change,
        other => panic!("{other:?}"),
    }
}
