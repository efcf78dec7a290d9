//! One state of the model: our row of the payment, KakaoPay's ledger, the calls on their way, and
//! what two servers have decided and not yet committed.

use std::rc::Rc;

use jiff::Timestamp;

use super::super::{can, canceled, failure, gone, in_state, paid as paid_in_full};
use super::kakaopay::{Asked, End, Ledger, Said, Sent, TOTAL};
use super::*;

/// Whoever has come back by then can be charged, if KakaoPay answers.
pub(super) fn in_good_time() -> Timestamp {
    at(56)
}

/// What can come to a server, small enough to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Return {
        right: bool,
        /// As many calls as are allowed are under way.
        busy: bool,
    },
    ShopApproves,
    ShopWithdraws,
    Cancel {
        id: u8,
        total: Option<i64>,
    },
    Answered(Asked, Answer),
    /// Asked at that moment, and perhaps acted on later.
    LookedUp(View, Timestamp),
}

/// What a server hears of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Said(Said),
    /// Another amount than was asked for, instead of the 200 that was said.
    Lie,
    NotSent,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum View {
    Of(Ledger),
    /// Paid, with another amount.
    Lie,
    NotFound,
    Inconclusive,
}

/// What a server has decided and not yet committed.
#[derive(Clone)]
pub(super) struct Hand {
    pub(super) input: Input,
    pub(super) decision: Rc<Decision>,
    pub(super) version: u32,
    pub(super) decided_at: Timestamp,
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) row: Rc<Payment>,
    pub(super) next_check: Option<Timestamp>,
    pub(super) ledger: Ledger,
    pub(super) calls: Vec<Sent>,
    pub(super) hands: Vec<Hand>,
    /// Whether lookups repeat what was given as `payload`.
    pub(super) tells_payloads: bool,
    /// Whether a call came twice on its way.
    pub(super) doubled: bool,
    /// Whether the payer has come back in good time, and nothing was said against that token: then
    /// it is not for us to let the time pass.
    pub(super) brought: bool,
}

impl World {
    /// Made ready, and the payer is about to return.
    pub(super) fn ready(approval: ApprovalMode, now: Timestamp) -> Self {
        let mut row = in_state(ready());
        row.order.approval = approval;
        Self {
            now,
            next_check: Some(row.expires_at + timing::EXPIRY_MARGIN),
            row: Rc::new(row),
            ledger: Ledger::default(),
            calls: Vec::new(),
            hands: Vec::new(),
            tells_payloads: true,
            doubled: false,
            brought: false,
        }
    }

    /// Paid, and so it is in the database.
    pub(super) fn approved(tells_payloads: bool, now: Timestamp) -> Self {
        let approval = paid_in_full(0).approval;
        let ledger = Ledger {
            paid_at: Some(start()),
            ..Ledger::default()
        };
        let row = Rc::new(in_state(State::Approved { approval }));
        Self {
            row,
            ledger,
            tells_payloads,
            next_check: None,
            ..Self::ready(ApprovalMode::Automatic, now)
        }
    }

    fn command(&self, input: &Input) -> Command {
        match input {
            Input::Return { right, .. } => comes_back(if *right { token() } else { other_token() }),
            Input::ShopApproves => Command::Approve,
            Input::ShopWithdraws => Command::Withdraw,
            Input::Cancel { id, total } => cancel(can(*id), *total),
            Input::Answered(Asked::Approve { .. }, answer) => {
                Command::SettleApprove(self.approve_answer(*answer))
            }
            Input::Answered(Asked::Cancel { id, amount, .. }, answer) => {
                Command::SettleCancel(can(*id), cancel_answer(*answer, *amount))
            }
            Input::LookedUp(view, asked_at) => learn(self.lookup(view), *asked_at),
        }
    }

    fn paid(&self, amount: i64) -> Box<Paid> {
        let order = &self.row.order;
        Box::new(Paid {
            cid: self.row.cid.clone(),
            tid: self.row.tid.clone(),
            order_id: order.order_id.as_str().to_owned(),
            user_id: order.user_id.as_str().to_owned(),
            approval: Approval {
                aid: None,
                amount: gone(amount),
                payment_method_type: None,
                card_info: None,
                approved_at: None,
                second_charge_of: None,
                corrected_from: None,
            },
            canceled: gone(0),
            cancels: Vec::new(),
            tells_payloads: false,
        })
    }

    fn approve_answer(&self, answer: Answer) -> ApproveAnswer {
        match answer {
            Answer::Said(Said::Paid) => ApproveAnswer::Paid(self.paid(TOTAL)),
            Answer::Said(Said::Rejected) => {
                ApproveAnswer::Refused(Refused::Rejected { failure: failure() })
            }
            Answer::Said(Said::Expired) => ApproveAnswer::Refused(Refused::Expired),
            Answer::Said(Said::WrongToken) => ApproveAnswer::Refused(Refused::WrongToken),
            Answer::Said(Said::Unclear | Said::Canceled(_) | Said::LeftDiffers)
            | Answer::Unknown => ApproveAnswer::Unknown,
            Answer::Lie => ApproveAnswer::Paid(self.paid(TOTAL / 2)),
            Answer::NotSent => ApproveAnswer::NotSent,
        }
    }

    fn lookup(&self, view: &View) -> Lookup {
        match view {
            View::Of(ledger) if ledger.paid_at.is_some() => {
                let mut paid = self.paid(TOTAL);
                paid.canceled = gone(ledger.canceled());
                paid.tells_payloads = self.tells_payloads;
                let told = ledger.cancels.iter().map(|entry| CancelAction {
                    aid: None,
                    payload: entry
                        .by
                        .filter(|_| self.tells_payloads)
                        .map(|id| can(id).to_string()),
                    at: None,
                });
                paid.cancels = told.collect();
                Lookup::Paid(paid)
            }
            View::Of(ledger) => match ledger.ended.map(|(end, _)| end) {
                Some(End::Quit) => Lookup::Quit,
                Some(End::Failed) => Lookup::Failed(failure()),
                None => Lookup::Unpaid,
            },
            View::Lie => Lookup::Paid(self.paid(TOTAL / 2)),
            View::NotFound => Lookup::NotFound,
            View::Inconclusive => Lookup::Inconclusive,
        }
    }

    /// A server reads the row and decides.
    pub(super) fn decide(&self, input: Input) -> Hand {
        let busy = matches!(input, Input::Return { busy: true, .. });
        let context = Context {
            obstacle: busy.then_some(Obstacle::Busy),
            ..context(self.now)
        };
        let decision = decide(&self.row, self.command(&input), context);
        Hand {
            input,
            decision: Rc::new(decision),
            version: self.row.version,
            decided_at: self.now,
        }
    }

    /// A server commits, unless the row has changed since it was read.
    pub(super) fn commit(&mut self, hand: &Hand) {
        assert_eq!(
            hand.version, self.row.version,
            "only what is fresh is committed"
        );
        let automatic = self.row.order.approval == ApprovalMode::Automatic;
        let comes_back = matches!(hand.input, Input::Return { right: true, .. });
        if comes_back && automatic && !self.row.status().is_settled() && self.now <= in_good_time()
        {
            self.brought = true;
        }
        match &*hand.decision {
            Decision::Refuse(_) => {}
            Decision::Wait(next_check) => self.next_check = *next_check,
            Decision::Commit(change) => {
                assert_eq!(change.payment.version, self.row.version + 1);
                let event = std::slice::from_ref(&change.event);
                assert_replays(&self.row, event, &change.payment);
                let forgotten = self.row.state.approval().is_some()
                    && change.payment.state.approval().is_none();
                assert!(!forgotten, "money that moved is never forgotten");
                self.next_check = change.next_check;
                self.row = Rc::new(change.payment.clone());
                if let Some(call) = change.call {
                    let mut call = Sent::new(self.asked(call), hand.decided_at);
                    call.lapse(self.now);
                    self.calls.push(call);
                }
            }
        }
    }

    /// What the server asks KakaoPay for, as the row says.
    fn asked(&self, call: Call) -> Asked {
        match call {
            Call::Approve => Asked::Approve {
                right: self.row.pg_token == Some(token()),
            },
            Call::Cancel(_) => {
                let pending = self.row.pending().unwrap();
                Asked::Cancel {
                    id: number(pending.id),
                    amount: pending.amount.total.get(),
                    left: self.row.left().total.get(),
                }
            }
        }
    }
}

fn cancel_answer(answer: Answer, amount: i64) -> CancelAnswer {
    match answer {
        Answer::Said(Said::Canceled(so_far)) => canceled(gone(amount), gone(so_far)),
        Answer::Said(Said::Rejected) => CancelAnswer::Rejected(failure()),
        Answer::Said(Said::LeftDiffers) => CancelAnswer::LeftDiffers(failure()),
        Answer::Said(Said::Unclear | Said::Paid | Said::Expired | Said::WrongToken)
        | Answer::Unknown => CancelAnswer::Unknown,
        Answer::Lie => canceled(gone(amount + 1), gone(amount + 1)),
        Answer::NotSent => CancelAnswer::NotSent(None),
    }
}

/// The number of a cancellation of ours.
pub(super) fn number(id: CancellationId) -> u8 {
    id.as_bytes()[0]
}
