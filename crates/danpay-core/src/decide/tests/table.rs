//! The whole machine as a table: every command in every state. It is `decide/table.md`, which the
//! module's documentation shows; `INSTA_UPDATE=always cargo test -p danpay-core` writes it anew.

use std::convert::identity;
use std::fmt::Write as _;

use super::*;

const SHOWN: &str = include_str!("../table.md");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/decide/table.md");

const HEAD: &str = "\
## The whole machine

A row is what happens, a column how the payment stands, and a number how many calls to KakaoPay are
in doubt. The test `every_state_meets_every_command` writes each cell and compares it.

- *refused*: the command has no place there. Nothing changes, and the caller gets the
  typed refusal.
- *later*: nothing changes, and recovery looks again later. *–*: nothing changes, and nothing is to be
  looked at.
- Anything else is committed: how the payment stands afterwards, and the call that follows.
- *review*: an operator is asked to look at it.
- A call to approve takes the order, and so does a payment that is booked as paid. *order free*: it is
  given back. *order taken over*: another payment had it that is not paid.
- In brackets stands what a claim has met: the order is charged, or being charged, by another payment;
  the database was restored; as many calls as are allowed are under way; 2,000 of the 3,000 KRW that
  the shop lets go back on a day in Korea have gone, of which the 25th hour is the next.

The payer, or the shop that cancels, came 10 s after ready. A cell says what happens 20 s after ready,
when a call may still take effect; and where that changes, what happens at 10 min, when it no longer
can; at 16 min, past the expiry and its margin; and at 25 h. Of 2,200 KRW, 1,100 are being canceled.
";

/// When each cell is tried, in seconds after ready.
const TIMES: [(&str, i64); 4] = [
    ("", 20),
    ("10 min: ", 600),
    ("16 min: ", 960),
    ("25 h: ", 90_000),
];

/// Samples for each pattern. No pattern is a wildcard, so a variant that is added to the enum does
/// not compile until it is listed with a sample, and a sample must be what its pattern says.
macro_rules! every {
    ($of:expr; $($pattern:pat => $samples:expr,)+) => {{
        let kind = |sample: &_| match $of(sample) { $($pattern => stringify!($pattern),)+ };
        let mut every: Vec<(String, _)> = Vec::new();
        $(
            let samples = $samples;
            assert!(!samples.is_empty(), "no sample of {}", stringify!($pattern));
            for (name, sample) in samples {
                assert_eq!(kind(&sample), stringify!($pattern), "{name}");
                every.push((name.into(), sample));
            }
        )+
        every
    }};
}

/// The samples of `what`, as commands.
fn commands<T>(
    what: &str,
    samples: Vec<(String, T)>,
    command: impl Fn(T) -> Command,
) -> Vec<(String, Command)> {
    let rows = samples.into_iter();
    rows.map(|(name, sample)| (format!("{what}: {name}"), command(sample)))
        .collect()
}

fn every_command() -> Vec<(String, Command)> {
    let settle_cancel = |answer| Command::SettleCancel(can(1), answer);
    let named = |name: &str, command| vec![(name.to_owned(), command)];
    every![identity;
        Command::Return { .. } => [
            named("the payer returns with a `pg_token`", comes_back(token())),
            named("the payer returns with another one", comes_back(other_token())),
        ].concat(),
        Command::Approve => named("the shop approves", Command::Approve),
        Command::Withdraw => named("the shop withdraws", Command::Withdraw),
        Command::SettleApprove(_) => commands("approve", every_approve_answer(), Command::SettleApprove),
        Command::Cancel { .. } => [
            named("cancel 1,100", cancel(can(2), Some(1100))),
            named("cancel all that is left", cancel(can(2), None)),
            named("cancel 2,201", cancel(can(2), Some(2201))),
            named("cancel all, if 2,200 are left", cancel_if_left(can(2), 2200)),
        ].concat(),
        Command::SettleCancel(..) => commands("cancel", every_cancel_answer(), settle_cancel),
        Command::Learn(_) => lookups(),
    ]
}

/// What happens, and what the claim has met before that is decided, if anything.
struct Row {
    name: String,
    command: Command,
    obstacle: Option<Obstacle>,
}

/// Every command with nothing in its way, and those that claim or book with everything that can be.
fn every_row() -> Vec<Row> {
    let plain = every_command().into_iter().map(|(name, command)| Row {
        name,
        command,
        obstacle: None,
    });
    let met = every_obstacle().into_iter().flat_map(|(met, obstacle)| {
        let commands = [
            ("the payer returns", comes_back(token())),
            ("the shop approves", Command::Approve),
            ("the shop withdraws", Command::Withdraw),
            ("cancel 1,100", cancel(can(2), Some(1100))),
            ("lookup: unpaid", learn(Lookup::Unpaid, Timestamp::MAX)),
            ("lookup: paid", learn(Lookup::Paid(paid(0)), Timestamp::MAX)),
        ];
        commands.map(|(name, command)| Row {
            name: format!("{name} ({met})"),
            command,
            obstacle: Some(obstacle),
        })
    });
    plain.chain(met).collect()
}

fn every_obstacle() -> Vec<(String, Obstacle)> {
    fn itself(obstacle: &Obstacle) -> &Obstacle {
        obstacle
    }
    let other = |is_paid| {
        Obstacle::Order(Holder {
            payment: PaymentId::from_bytes([9; 16]),
            is_paid,
        })
    };
    // Of 3,000 KRW that may go back on the day.
    let refunded = Obstacle::RefundDay(Refunded {
        day: timing::korean_day(start()),
        sum: Won::new("x", 2000).unwrap(),
    });
    every![itself;
        Obstacle::Order(_) => vec![
            ("order charged", other(true)),
            ("order being charged", other(false)),
        ],
        Obstacle::Restored => vec![("database restored", Obstacle::Restored)],
        Obstacle::Busy => vec![("too many calls", Obstacle::Busy)],
        Obstacle::RefundDay(_) => vec![("the day's limit", refunded)],
    ]
}

/// Each is asked and answered at the time of its cell, but for the last.
fn lookups() -> Vec<(String, Command)> {
    let now = |lookup| learn(lookup, Timestamp::MAX);
    let mut lookups = commands("lookup", every_lookup(), now);
    let old = (
        "lookup: unpaid, asked 15 s after ready",
        learn(Lookup::Unpaid, at(15)),
    );
    lookups.push((old.0.to_owned(), old.1));
    lookups
}

fn every_approve_answer() -> Vec<(String, ApproveAnswer)> {
    let mut lie = paid(0);
    lie.approval.amount = gone(1100);
    every![identity;
        ApproveAnswer::Paid(_) => vec![
            ("paid", ApproveAnswer::Paid(paid(0))),
            ("paid, with another amount", ApproveAnswer::Paid(lie)),
        ],
        ApproveAnswer::Refused(_) => every_no(),
        ApproveAnswer::NotSent => vec![("not sent, or turned away", ApproveAnswer::NotSent)],
        ApproveAnswer::Unknown => vec![("unknown", ApproveAnswer::Unknown)],
    ]
}

fn every_no() -> Vec<(&'static str, ApproveAnswer)> {
    let named = |no| {
        let name = match no {
            Refused::Rejected { .. } => "rejected",
            Refused::Expired => "time over",
            Refused::WrongToken => "wrong `pg_token`",
        };
        (name, ApproveAnswer::Refused(no))
    };
    let rejected = Refused::Rejected { failure: failure() };
    [rejected, Refused::Expired, Refused::WrongToken]
        .map(named)
        .to_vec()
}

fn every_cancel_answer() -> Vec<(String, CancelAnswer)> {
    every![identity;
        CancelAnswer::Canceled(_) => vec![
            ("done", canceled(gone(1100), gone(1100))),
            ("done, with another amount", canceled(gone(2200), gone(2200))),
        ],
        CancelAnswer::Rejected(_) => vec![("rejected", CancelAnswer::Rejected(failure()))],
        CancelAnswer::LeftDiffers(_) => {
            vec![("something else is left", CancelAnswer::LeftDiffers(failure()))]
        },
        CancelAnswer::NotSent(_) => vec![("not sent, or turned away", CancelAnswer::NotSent(None))],
        CancelAnswer::Unknown => vec![("unknown", CancelAnswer::Unknown)],
    ]
}

fn every_lookup() -> Vec<(String, Lookup)> {
    let mut lie = paid(0);
    lie.approval.amount = gone(1100);
    let mut ours = paid(1100);
    ours.tells_payloads = true;
    ours.cancels = vec![CancelAction {
        aid: None,
        payload: Some(can(1).to_string()),
        at: None,
    }];
    every![identity;
        Lookup::Paid(_) => vec![
            ("paid", Lookup::Paid(paid(0))),
            ("paid, with another amount", Lookup::Paid(lie)),
            ("1,100 canceled", Lookup::Paid(paid(1100))),
            ("1,100 canceled, with our `payload`", Lookup::Paid(ours)),
            ("700 canceled", Lookup::Paid(paid(700))),
            ("all canceled", Lookup::Paid(paid(2200))),
        ],
        Lookup::Unpaid => vec![("unpaid", Lookup::Unpaid)],
        Lookup::Quit => vec![("quit", Lookup::Quit)],
        Lookup::Failed(_) => vec![("failed", Lookup::Failed(failure()))],
        Lookup::NotFound => vec![("not found", Lookup::NotFound)],
        Lookup::Inconclusive => vec![("inconclusive", Lookup::Inconclusive)],
    ]
}

fn every_payment() -> Vec<(String, Payment)> {
    fn state(payment: &Payment) -> &State {
        &payment.state
    }
    let approval = || paid(0).approval;
    let canceled = |canceled| State::PartiallyCanceled {
        approval: approval(),
        canceled,
    };
    let approved = || {
        in_state(State::Approved {
            approval: approval(),
        })
    };
    every![state;
        State::Ready { .. } => vec![
            ("`ready`", in_state(ready())),
            ("`ready` (manual)", manually(ready())),
        ],
        State::Authenticated { .. } => {
            vec![
                ("`authenticated`", in_state(authenticated())),
                ("`authenticated` (manual)", manually(authenticated())),
            ]
        },
        State::Approving { .. } => vec![
            ("`approving` 0", in_state(approving(0))),
            ("`approving` 1", in_state(approving(1))),
            ("`approving` 2", in_state(approving(2))),
            ("`approving` 1, refused", in_state(refused_beside(approving(1)))),
            ("`approving` 1, another token kept", token_kept(in_state(approving(1)))),
            ("`approving` 1, in review", in_review(in_state(approving(1)))),
        ],
        State::Approved { .. } => vec![
            ("`approved`", approved()),
            ("canceling 0", canceling(0, None)),
            ("canceling 1", canceling(1, None)),
            ("canceling 2", canceling(2, None)),
            ("canceling 1, refused", canceling(1, Some(failure()))),
        ],
        State::PartiallyCanceled { .. } => {
            vec![("`partially_canceled`", in_state(canceled(gone(1100))))]
        },
        State::Canceled { .. } => vec![(
            "`canceled`",
            in_state(State::Canceled { approval: approval(), canceled: gone(2200) }),
        )],
        State::Quit { .. } => vec![("`quit`", in_state(State::Quit { at: at(10) }))],
        State::Failed { .. } => {
            vec![("`failed`", in_state(State::Failed { failure: failure(), at: at(10) }))]
        },
        State::Expired { .. } => vec![("`expired`", in_state(State::Expired { at: at(10) }))],
        State::Withdrawn { .. } => {
            vec![("`withdrawn`", in_state(State::Withdrawn { at: at(10) }))]
        },
    ]
}

/// A call was refused beside the one that is in doubt.
fn refused_beside(mut state: State) -> State {
    if let State::Approving { refused, .. } = &mut state {
        *refused = Some(Refused::WrongToken);
    }
    state
}

fn manually(state: State) -> Payment {
    let mut payment = in_state(state);
    payment.order.approval = ApprovalMode::Manual;
    payment
}

fn token_kept(mut payment: Payment) -> Payment {
    payment.further_pg_token = Some(other_token());
    payment
}

fn in_review(mut payment: Payment) -> Payment {
    payment.review = Some(Review::CanceledAmountUnclear);
    payment
}

/// 1,100 of what is paid are on their way back, and we do not know whether they have arrived.
fn canceling(calls: u32, refused: Option<Failure>) -> Payment {
    let mut payment = in_state(State::Approved {
        approval: paid(0).approval,
    });
    payment.cancellations.push(Cancellation {
        id: can(1),
        amount: gone(1100),
        reason: None,
        requested_at: at(10),
        state: CancellationState::Pending {
            calls: CallsInDoubt {
                newest: at(10),
                count: calls,
            },
            refused,
            turned_away: None,
        },
    });
    payment
}

const CHAPTERS: [&str; 4] = [
    "Not yet paid",
    "Paid",
    "Paid, and a cancellation is pending",
    "Ended without payment",
];

/// The columns stand in a table of their own for each chapter.
fn chapter(payment: &Payment) -> &'static str {
    let [unpaid, paid, canceling, ended] = CHAPTERS;
    match payment.status() {
        _ if payment.pending().is_some() => canceling,
        Status::Ready | Status::Authenticated | Status::Approving => unpaid,
        Status::Approved | Status::PartiallyCanceled | Status::Canceled => paid,
        Status::Quit | Status::Failed | Status::Expired | Status::Withdrawn => ended,
    }
}

/// What a command does.
fn word(payment: &Payment, row: &Row, seconds: i64) -> String {
    let now = at(seconds);
    let mut command = row.command.clone();
    if let Command::Learn(looked_up) = &mut command {
        looked_up.asked_at = looked_up.asked_at.min(now);
    }
    let context = Context {
        obstacle: row.obstacle,
        refund_limits: RefundLimits {
            per_refund: None,
            per_day: Some(Won::new("x", 3000).unwrap()),
        },
        ..context(now)
    };
    let change = match decide(payment, command, context) {
        Decision::Refuse(Refusal::Status(_)) => return "refused".to_owned(),
        Decision::Refuse(Refusal::OrderBeingCharged(_) | Refusal::Restored | Refusal::Busy) => {
            return "refused: not now".to_owned();
        }
        Decision::Refuse(Refusal::CancellationPending) => {
            return "refused: one is pending".to_owned();
        }
        Decision::Refuse(Refusal::RefundLimit(_)) => return "refused: above a limit".to_owned(),
        Decision::Refuse(Refusal::ExpectedLeft(_)) => {
            return "refused: something else is left".to_owned();
        }
        Decision::Refuse(Refusal::Field(_)) => return "refused: does not fit".to_owned(),
        Decision::Wait(None) => return "–".to_owned(),
        Decision::Wait(Some(_)) => return "later".to_owned(),
        Decision::Commit(change) => change,
    };
    let after = &change.payment;
    let mut word = format!("`{}`", after.status());
    if let State::Approving { calls, refused, .. } = &after.state {
        let refused = refused.as_ref().map_or("", |_| ", refused");
        write!(word, " {}{refused}", calls.count).unwrap();
    }
    if let Some(Cancellation {
        state: CancellationState::Pending { calls, refused, .. },
        ..
    }) = after.pending()
    {
        let refused = refused.as_ref().map_or("", |_| ", refused");
        write!(word, ", canceling {}{refused}", calls.count).unwrap();
    }
    word += match change.call {
        Some(Call::Approve) => ", call approve",
        Some(Call::Cancel(_)) => ", call cancel",
        None => "",
    };
    if after.review.is_some() && after.review != payment.review {
        word += ", review";
    }
    word += match change.order {
        OrderClaim::Keep | OrderClaim::Take => "",
        OrderClaim::TakeFrom(_) => ", order taken over",
        OrderClaim::Release => ", order free",
    };
    word
}

/// What a command does as time goes by: what it does at once, and each change of that.
fn cell(payment: &Payment, row: &Row) -> String {
    let mut words = TIMES
        .map(|(when, seconds)| (when, word(payment, row, seconds)))
        .to_vec();
    words.dedup_by(|later, earlier| later.1 == earlier.1);
    let words = words
        .into_iter()
        .map(|(when, word)| format!("{when}{word}"));
    words.collect::<Vec<_>>().join("; ")
}

/// The rows of a chapter. Commands that do the same in each of its columns share a row.
fn rows(columns: &[&(String, Payment)]) -> Vec<(String, Vec<String>)> {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for row in every_row() {
        let cells = columns
            .iter()
            .map(|(_, payment)| cell(payment, &row))
            .collect();
        let name = row.name;
        match rows.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) => write!(names, "; {name}").unwrap(),
            None => rows.push((name, cells)),
        }
    }
    rows
}

fn table() -> String {
    let payments = every_payment();
    let mut text = HEAD.to_owned();
    for title in CHAPTERS {
        let columns: Vec<_> = payments
            .iter()
            .filter(|(_, payment)| chapter(payment) == title)
            .collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        write!(text, "\n### {title}\n\n| | {} |\n", names.join(" | ")).unwrap();
        writeln!(text, "|---|{}", "---|".repeat(columns.len())).unwrap();
        for (name, cells) in rows(&columns) {
            writeln!(text, "| {name} | {} |", cells.join(" | ")).unwrap();
        }
    }
    text
}

#[test]
fn every_state_meets_every_command() {
    let table = table();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(FILE, &table).unwrap();
        return;
    }
    let mut lines = table.lines().zip(SHOWN.lines()).enumerate();
    let stale = lines.find(|(_, (written, shown))| written != shown);
    assert!(
        table == SHOWN,
        "{FILE} is stale; INSTA_UPDATE=always writes it anew. The first difference: {stale:#?}"
    );
}
