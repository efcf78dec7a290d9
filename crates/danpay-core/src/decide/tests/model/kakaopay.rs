//! KakaoPay, and the way there: what calls, payers and others can make of the ledger, and no more
//! than `timing` allows for.
//!
//! A call reaches KakaoPay and takes effect within `CALL_SETTLES` of its claim or never, perhaps
//! twice, and its answer may come before the effect. For the 15 minutes counts when it arrived; its
//! effect comes at most 11 s later. A TID is paid once. What is canceled must be what the call says
//! is left. A definite refusal means that this call did nothing and never will, but for the refusal
//! of what is left, which a cancel that came twice gets too. A lookup is a true view of the ledger,
//! at most `LAG` old.

use jiff::{SignedDuration, Timestamp};

use super::super::at;
use crate::timing;

/// What is asked for in each payment of the model, in KRW.
pub(super) const TOTAL: i64 = 2_200;
/// How old a lookup's view of the ledger may be when KakaoPay is asked. Nothing is known of
/// KakaoPay's; this is far more than it would be, and still within the margins.
const LAG: SignedDuration = SignedDuration::from_secs(18);
/// KakaoPay's own limit for what it does.
const EFFECT: SignedDuration = SignedDuration::from_secs(11);

/// How the payment ended at KakaoPay without being paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Quit,
    Failed,
}

/// Money that went back, by which cancellation of ours or somebody else, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) by: Option<u8>,
    pub(super) amount: i64,
    pub(super) at: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) paid_at: Option<Timestamp>,
    pub(super) ended: Option<(End, Timestamp)>,
    pub(super) cancels: Vec<Entry>,
}

impl Ledger {
    pub(super) fn canceled(&self) -> i64 {
        self.cancels.iter().map(|entry| entry.amount).sum()
    }

    pub(super) fn left(&self) -> i64 {
        self.paid_at.map_or(0, |_| TOTAL) - self.canceled()
    }

    pub(super) fn holds(&self, id: u8) -> impl Iterator<Item = &Entry> {
        self.cancels
            .iter()
            .filter(move |entry| entry.by == Some(id))
    }

    /// What a lookup may see that is asked at that moment: the truth then first, and each older
    /// view that is young enough.
    pub(super) fn views(&self, asked_at: Timestamp) -> Vec<Self> {
        let young = |at: Timestamp| asked_at < at + LAG;
        let mut view = self.clone();
        view.cancels.retain(|entry| entry.at <= asked_at);
        view.paid_at = view.paid_at.filter(|at| *at <= asked_at);
        view.ended = view.ended.filter(|(_, at)| *at <= asked_at);
        let mut views = vec![view.clone()];
        while view.cancels.pop_if(|entry| young(entry.at)).is_some() {
            views.push(view.clone());
        }
        if view.cancels.is_empty() && view.paid_at.is_some_and(young) {
            view.paid_at = None;
            views.push(view.clone());
        }
        if view.ended.is_some_and(|(_, at)| young(at)) {
            view.ended = None;
            views.push(view);
        }
        views
    }
}

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// With the payer's token, or with a forged one.
    Approve { right: bool },
    /// By our cancellation `id`, of `amount`, if `left` is left.
    Cancel { id: u8, amount: i64, left: i64 },
}

/// What KakaoPay has said to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Paid,
    /// With what went back so far.
    Canceled(i64),
    Rejected,
    Expired,
    WrongToken,
    LeftDiffers,
    /// Such as -702: it has been done, or is under way.
    Unclear,
}

/// A call that has been sent and has not ended for both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sent {
    pub(super) asked: Asked,
    pub(super) at: Timestamp,
    /// How often it may still arrive.
    pub(super) copies: u8,
    pub(super) said: Option<Said>,
    /// Whether it has moved money.
    pub(super) done: bool,
    /// Somebody waits for the answer.
    pub(super) awaited: bool,
}

impl Sent {
    pub(super) fn new(asked: Asked, at: Timestamp) -> Self {
        Self {
            asked,
            at,
            copies: 1,
            said: None,
            done: false,
            awaited: true,
        }
    }

    /// What has not arrived in time never does.
    pub(super) fn lapse(&mut self, now: Timestamp) {
        if now >= self.at + timing::CALL_SETTLES {
            self.copies = 0;
        }
    }

    /// Whether it may still move money.
    pub(super) fn is_potent(&self, ledger: &Ledger, now: Timestamp) -> bool {
        self.copies > 0
            && match self.asked {
                Asked::Approve { right } => {
                    right
                        && ledger.paid_at.is_none()
                        && ledger.ended.is_none()
                        && (now < expires_at()
                            || (self.at < expires_at() && now <= expires_at() + EFFECT))
                }
                Asked::Cancel { left, .. } => ledger.left() == left,
            }
    }

    /// It reaches KakaoPay, which does what it can, and says so.
    pub(super) fn arrive(&mut self, ledger: &mut Ledger, now: Timestamp) {
        let potent = self.is_potent(ledger, now);
        self.copies -= 1;
        self.done |= potent;
        self.said = Some(match self.asked {
            Asked::Approve { .. } if potent => {
                ledger.paid_at = Some(now);
                Said::Paid
            }
            Asked::Approve { .. } if ledger.paid_at.is_some() => Said::Unclear,
            Asked::Approve { .. } if ledger.ended.is_some() => Said::Rejected,
            Asked::Approve { right: false } => Said::WrongToken,
            Asked::Approve { .. } => Said::Expired,
            Asked::Cancel { id, amount, .. } if potent => {
                ledger.cancels.push(Entry {
                    by: Some(id),
                    amount,
                    at: now,
                });
                Said::Canceled(ledger.canceled())
            }
            Asked::Cancel { .. } => Said::LeftDiffers,
        });
    }
}

pub(super) fn expires_at() -> Timestamp {
    at(900)
}
