//! Bugs that a test plants, one at a time, to see whether the simulator finds them. Those of the rules
//! stand in these rules; those of danpay's shell stand in patches of its source, below
//! `crates/danpay-simulation/planted`, which `cargo xtask planted` applies to a copy.
//!
//! **Invariant**: without the feature `planted-bugs` this file is not compiled, and every place
//! that asks [`planted!`](crate::planted!) is told `false` by the compiler.

use std::cell::Cell;

/// What can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Whoever comes back, a reload too, claims the approval and calls.
    ClaimRemoved,
    /// Who loses the commit of the claim calls all the same.
    LoserCalls,
    /// KakaoPay is called before the claim is in the database.
    CallBeforeClaim,
    /// An answer that did not come is taken for a no.
    TimeoutIsFailure,
    /// An answer that did not come is taken for a call that was not sent.
    TimeoutIsNotSent,
    /// "Not paid" is believed while a call may still take effect.
    UnpaidBelievedAtOnce,
    /// A refusal is believed while another call is in doubt.
    RefusalBelievedInDoubt,
    /// That a token was wrong is believed at once, though the call may have come twice on its way.
    WrongTokenBelievedAtOnce,
    /// A payment expires by the clock alone, with calls under way or not.
    ExpiryWithoutMargin,
    /// An answer about something else is booked.
    ContradictionIgnored,
    /// The `pg_token` stays after it has served.
    TokenKept,
    /// The `pg_token` is logged.
    TokenLogged,
    /// The event is written in a transaction of its own.
    EventOutsideCommit,
    /// An event gets its position in a transaction of its own.
    PositionOutsideCommit,
    /// An event has its position from before it is committed.
    PositionBeforeCommit,
    /// The idempotency record is written in a transaction of its own.
    KeyOutsideCommit,
    /// Two requests with one key at once get a payment each.
    KeyRaceIgnored,
    /// A claim's outcome is never looked up.
    ClaimNeverChecked,
    /// A call to cancel does not say what we believe is left.
    CancelWithoutAvailable,
    /// An answer to cancel that did not come is taken for a no.
    CancelTimeoutIsFailure,
    /// "Not canceled" is believed, and cancel called again, while a call may still take effect.
    UncanceledBelievedAtOnce,
    /// A refusal to cancel is believed while another call is in doubt.
    CancelRefusalBelievedInDoubt,
    /// What was canceled at KakaoPay's own site is not booked.
    OutsideIgnored,
    /// An approval is claimed without its order.
    OrderNotGuarded,
    /// Whether the order is free is read before the claim, and not asked again when it is committed.
    OrderGuardOnlyRead,
    /// A payment that has ended unpaid keeps its order.
    OrderNotReleased,
    /// An order is given back while a call may still take effect.
    OrderReleasedInDoubt,
    /// Whether a refund is within its day's limit is read before it is committed, and not asked again
    /// then.
    RefundLimitOnlyRead,
    /// A refund that has failed stays in the sum of its day.
    RefundDayNotGivenBack,
    /// Another token that comes while a call is out is dropped.
    FurtherTokenDropped,
    /// A call is made however long ago its claim was.
    ClaimHoldsIgnored,
    /// A lookup is taken for as old as its answer, not as its question.
    LookupAsOldAsItsAnswer,
    /// A bank's "unknown" is taken for a no.
    DoubtfulMethodIsNo,
    /// A wrong key, merchant code or address is taken for a no.
    SetupIsNo,
    /// A restored database is written as if nothing were missing.
    RestoredIgnored,
    /// A statement asks who has an order and forgets of which shop.
    ShopForgotten,
    /// The sequencer goes on after the newest event that it has placed: what is committed late is passed over.
    SequencerSkipsLate,
    /// Deliveries are written in a transaction of their own, after their event's.
    DeliveryOutsideCommit,
    /// Deliveries are written, and may be sent, before their event is committed.
    DeliveryBeforeCommit,
    /// A delivery is marked as arrived when it is claimed.
    DeliveredBeforeSent,
    /// Whoever waits for a delivery goes on as soon as that was refused.
    OrderLostOnRetry,
    /// What an endpoint hears is asked when a message is sent, not when its event is committed.
    FilterAskedWhenSent,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 42] = [
        Self::ClaimRemoved,
        Self::LoserCalls,
        Self::CallBeforeClaim,
        Self::TimeoutIsFailure,
        Self::TimeoutIsNotSent,
        Self::UnpaidBelievedAtOnce,
        Self::RefusalBelievedInDoubt,
        Self::WrongTokenBelievedAtOnce,
        Self::ExpiryWithoutMargin,
        Self::ContradictionIgnored,
        Self::TokenKept,
        Self::TokenLogged,
        Self::EventOutsideCommit,
        Self::PositionOutsideCommit,
        Self::PositionBeforeCommit,
        Self::KeyOutsideCommit,
        Self::KeyRaceIgnored,
        Self::ClaimNeverChecked,
        Self::CancelWithoutAvailable,
        Self::CancelTimeoutIsFailure,
        Self::UncanceledBelievedAtOnce,
        Self::CancelRefusalBelievedInDoubt,
        Self::OutsideIgnored,
        Self::OrderNotGuarded,
        Self::OrderGuardOnlyRead,
        Self::OrderNotReleased,
        Self::OrderReleasedInDoubt,
        Self::RefundLimitOnlyRead,
        Self::RefundDayNotGivenBack,
        Self::FurtherTokenDropped,
        Self::ClaimHoldsIgnored,
        Self::LookupAsOldAsItsAnswer,
        Self::DoubtfulMethodIsNo,
        Self::SetupIsNo,
        Self::RestoredIgnored,
        Self::ShopForgotten,
        Self::SequencerSkipsLate,
        Self::DeliveryOutsideCommit,
        Self::DeliveryBeforeCommit,
        Self::DeliveredBeforeSent,
        Self::OrderLostOnRetry,
        Self::FilterAskedWhenSent,
    ];

    /// Those of the rules for orders, which two payments of one order show.
    pub const IN_THE_RULES_OF_ORDERS: [Self; 3] = [
        Self::OrderNotGuarded,
        Self::OrderNotReleased,
        Self::OrderReleasedInDoubt,
    ];

    /// Those of the rules for a payment, which no I/O is needed to see.
    pub const IN_THE_RULES: [Self; 13] = [
        Self::ClaimRemoved,
        Self::TimeoutIsFailure,
        Self::TimeoutIsNotSent,
        Self::UnpaidBelievedAtOnce,
        Self::RefusalBelievedInDoubt,
        Self::ExpiryWithoutMargin,
        Self::ContradictionIgnored,
        Self::TokenKept,
        Self::ClaimNeverChecked,
        Self::CancelTimeoutIsFailure,
        Self::UncanceledBelievedAtOnce,
        Self::CancelRefusalBelievedInDoubt,
        Self::FurtherTokenDropped,
    ];
}

thread_local! {
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants a bug in this thread, or removes it.
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this bug is planted.
pub fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}
