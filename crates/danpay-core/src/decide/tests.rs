//! The machine as a table, and its promises under any order of events.

mod approval;
mod cancel;

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::cancellation::{CancellationState, Wanted};
use crate::command::{ApproveAnswer, CancelAction, CancelAnswer, Canceled, Lookup, Paid};
use crate::event::{Actor, replay};
use crate::id::{EventId, PaymentId};
use crate::metadata::Metadata;
use crate::order::Amount;
use crate::payment::{Approval, Failure, Refused};
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
    };
    let url = || "https://online-payment.kakaopay.com/x".to_owned();
    let opened = Opened {
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
    open(order, opened, context(start())).payment
}

/// The events alone give the payment, but for its secret.
fn assert_replays(opened: &Payment, events: &[Event], payment: &Payment) {
    let mut shown = payment.clone();
    shown.pg_token = None;
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
        tax_free: None,
        vat: None,
    };
    Command::Cancel {
        id,
        wanted,
        reason: None,
    }
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

fn approving(calls_in_doubt: u32) -> State {
    State::Approving {
        since: at(10),
        last_call_at: at(10),
        calls_in_doubt,
        refused: None,
    }
}

/// A cancellation of 1,100 whose outcome is not known.
fn canceling(mut payment: Payment, calls_in_doubt: u32) -> Payment {
    let last_call_at = at(10);
    payment.cancellations.push(Cancellation {
        id: can(1),
        amount: gone(1100),
        reason: None,
        requested_at: last_call_at,
        state: CancellationState::Pending {
            last_call_at,
            calls_in_doubt,
            refused: None,
        },
    });
    payment
}

fn every_payment() -> Vec<(&'static str, Payment)> {
    let Paid { approval, .. } = *paid(0);
    let approved = || {
        in_state(State::Approved {
            approval: approval.clone(),
        })
    };
    let (approval, at) = (approval.clone(), at(10));
    let partially = State::PartiallyCanceled {
        approval: approval.clone(),
        canceled: gone(1100),
    };
    vec![
        ("ready", in_state(State::Ready)),
        (
            "authenticated",
            in_state(State::Authenticated { since: at }),
        ),
        ("approving, 1 in doubt", in_state(approving(1))),
        ("approving, 2 in doubt", in_state(approving(2))),
        ("approved", approved()),
        (
            "approved, cancel pending, 1 in doubt",
            canceling(approved(), 1),
        ),
        (
            "approved, cancel pending, 2 in doubt",
            canceling(approved(), 2),
        ),
        ("partially_canceled", in_state(partially)),
        (
            "canceled",
            in_state(State::Canceled {
                approval,
                canceled: gone(2200),
            }),
        ),
        ("quit", in_state(State::Quit { at })),
        (
            "failed",
            in_state(State::Failed {
                failure: failure(),
                at,
            }),
        ),
        ("expired", in_state(State::Expired { at })),
    ]
}

fn every_command() -> Vec<(&'static str, Command)> {
    let settle = Command::Settle;
    let learn = Command::Learn;
    let settle_cancel = |answer| Command::SettleCancel(can(1), answer);
    vec![
        ("return with pg_token", Command::Return(token())),
        ("shop approves", Command::Approve),
        ("approve: paid", settle(ApproveAnswer::Paid(paid(0)))),
        (
            "approve: rejected",
            settle(ApproveAnswer::Refused(Refused::Rejected {
                failure: failure(),
            })),
        ),
        (
            "approve: time over",
            settle(ApproveAnswer::Refused(Refused::Expired)),
        ),
        (
            "approve: wrong token",
            settle(ApproveAnswer::Refused(Refused::WrongToken)),
        ),
        ("approve: not sent", settle(ApproveAnswer::NotSent)),
        ("approve: unknown", settle(ApproveAnswer::Unknown)),
        ("shop cancels 1,100", cancel(can(2), Some(1100))),
        ("shop cancels the rest", cancel(can(2), None)),
        (
            "cancel: done",
            settle_cancel(canceled(gone(1100), gone(1100))),
        ),
        (
            "cancel: rejected",
            settle_cancel(CancelAnswer::Rejected(failure())),
        ),
        (
            "cancel: something else is left",
            settle_cancel(CancelAnswer::LeftDiffers(failure())),
        ),
        ("cancel: not sent", settle_cancel(CancelAnswer::NotSent)),
        ("cancel: unknown", settle_cancel(CancelAnswer::Unknown)),
        ("lookup: paid", learn(Lookup::Paid(paid(0)))),
        ("lookup: part canceled", learn(Lookup::Paid(paid(1100)))),
        ("lookup: all canceled", learn(Lookup::Paid(paid(2200)))),
        ("lookup: unpaid", learn(Lookup::Unpaid)),
        ("lookup: quit", learn(Lookup::Quit)),
        ("lookup: failed", learn(Lookup::Failed(failure()))),
        ("lookup: not found", learn(Lookup::NotFound)),
        ("lookup: inconclusive", learn(Lookup::Inconclusive)),
    ]
}

fn in_state(state: State) -> Payment {
    let mut payment = payment(ApprovalMode::Automatic);
    payment.pg_token = state.needs_pg_token().then(token);
    payment.state = state;
    payment
}

fn word(decision: &Decision) -> String {
    match decision {
        Decision::Refuse(_) => "refused".to_owned(),
        Decision::Wait(None) => "-".to_owned(),
        Decision::Wait(Some(_)) => "look later".to_owned(),
        Decision::Commit(change) => {
            let call = match change.call {
                Some(Call::Approve) => " + call approve",
                Some(Call::Cancel(_)) => " + call cancel",
                None => "",
            };
            let review = change.payment.review.as_ref().map_or("", |_| " + review");
            let pending = change.payment.pending().map_or("", |_| " (canceling)");
            format!("{}{pending}{call}{review}", change.payment.status())
        }
    }
}

/// The table of ARCHITECTURE.md. Where a state's column depends on the time, it is shown 20 s
/// after the start (a call may be in flight), at 10 min, and at 16 min (past the expiry).
#[test]
fn every_state_meets_every_command() {
    let mut table = Vec::new();
    for (name, command) in every_command() {
        for (stands, payment) in every_payment() {
            let words: Vec<String> = [20, 600, 960]
                .map(|seconds| word(&decide(&payment, command.clone(), context(at(seconds)))))
                .to_vec();
            let outcome = match words.as_slice() {
                [first, rest @ ..] if rest.iter().all(|word| word == first) => first.clone(),
                words => words.join(" | "),
            };
            table.push(format!("{name} | {stands}: {outcome}"));
        }
    }
    insta::assert_snapshot!(table.join("\n"));
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
        let settle = Command::Settle(ApproveAnswer::Paid(answer));
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
    let learn = Command::Learn(Lookup::Inconclusive);
    let Decision::Commit(change) = decide(&payment, learn.clone(), context(at(90_000))) else {
        panic!("a review must be recorded");
    };
    assert!(change.payment.review.is_some());
    let again = decide(&change.payment, learn, context(at(95_000)));
    assert!(matches!(again, Decision::Wait(Some(_))), "{again:?}");
}

#[test]
fn nothing_secret_is_printed_or_recorded() {
    let payment = in_state(State::Ready);
    let Decision::Commit(change) = decide(&payment, Command::Return(token()), context(at(5)))
    else {
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
