//! Payments: their rows, their events, when they are looked at, under which keys they were asked for.

use danpay_core::{
    CancellationId, Change, Event, Payment, PaymentId, PaymentRef, ShopId, Status, timing,
};
use jiff::{SignedDuration, Timestamp};

use super::{Ask, Listed};

/// What a shop asked for under an idempotency key, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Idempotency {
    /// The shop's key, 1 to 255 characters.
    pub(crate) key: String,
    /// SHA-256 of what was asked.
    pub(crate) request_hash: [u8; 32],
    /// Whose payment it is.
    pub(crate) payment_id: PaymentId,
    /// The cancellation that it asked for, if it did. That one has the key for as long as it exists.
    pub(crate) cancellation_id: Option<CancellationId>,
}

/// Writes a new payment, its first event and its idempotency record.
#[derive(Clone)]
pub(crate) struct Create {
    /// Boxed: each layer on the way to the database would carry it.
    pub(crate) change: Box<Change>,
    pub(crate) record: Option<Idempotency>,
}

impl Ask for Create {
    type Answer = ();
}

/// Writes a change with its event, the cancellations that it moves, the claim of its order and
/// its idempotency record, unless the payment has changed since it was decided. A change that
/// claims what it cannot have ([`super::StoreError::Obstacle`]) leaves nothing behind.
#[derive(Clone)]
pub(crate) struct Commit {
    /// Boxed: each layer on the way to the database would carry it.
    pub(crate) change: Box<Change>,
    pub(crate) record: Option<Idempotency>,
}

impl Ask for Commit {
    type Answer = ();
}

/// Sets when recovery looks at a payment next, unless it has changed since `version`.
#[derive(Clone)]
pub(crate) struct CheckAt {
    pub(crate) payment: PaymentRef,
    pub(crate) version: u32,
    pub(crate) at: Option<Timestamp>,
}

impl Ask for CheckAt {
    type Answer = ();
}

/// Which of the payments that are due come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstDue {
    /// Those that became due last.
    Newest,
    /// Those that are due for longest.
    Oldest,
}

impl FirstDue {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Newest,
        }
    }
}

/// Leases up to `limit` payments that are due at `now` until `until`.
#[derive(Clone)]
pub(crate) struct ClaimDue {
    pub(crate) now: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) limit: u32,
    pub(crate) first: FirstDue,
    /// None of these shops.
    pub(crate) except: Vec<ShopId>,
}

impl Ask for ClaimDue {
    type Answer = Vec<PaymentRef>;
}

/// Takes the right to look a payment up now, unless that was done less than `interval` ago: so
/// that no visitor can make us ask KakaoPay without end.
#[derive(Clone)]
pub(crate) struct ClaimLookup {
    pub(crate) payment: PaymentRef,
    pub(crate) now: Timestamp,
    pub(crate) interval: SignedDuration,
}

impl Ask for ClaimLookup {
    type Answer = bool;
}

/// Makes a payment due at `at`, unless it is earlier; one that is due at `now` has become due last.
#[derive(Clone)]
pub(crate) struct ScheduleCheck {
    pub(crate) payment: PaymentRef,
    pub(crate) now: Timestamp,
    pub(crate) at: Timestamp,
}

impl Ask for ScheduleCheck {
    type Answer = ();
}

/// Of a payment that is due at `now`: it has become due last, as somebody waits for it.
#[derive(Clone)]
pub(crate) struct LookFirst {
    pub(crate) payment: PaymentRef,
    pub(crate) now: Timestamp,
}

impl Ask for LookFirst {
    type Answer = ();
}

/// How many payments are due at `now`; counted up to [`limits::WAITING_MAX`].
#[derive(Clone)]
pub(crate) struct CountDue {
    pub(crate) now: Timestamp,
}

impl Ask for CountDue {
    type Answer = u64;
}

/// Whether one of them, of any shop, is for real money.
#[derive(Clone)]
pub(crate) struct AnyLive;

impl Ask for AnyLive {
    type Answer = bool;
}

/// Makes every approval and cancellation that a stopped server left behind due at once; how many.
#[derive(Clone)]
pub(crate) struct WakeInDoubt {
    pub(crate) now: Timestamp,
}

impl Ask for WakeInDoubt {
    type Answer = u64;
}

/// A shop's payment.
#[derive(Clone)]
pub(crate) struct OfShop(pub(crate) PaymentRef);

impl Ask for OfShop {
    type Answer = Option<Payment>;
}

/// A payment, for its payer: who has its id may pay it, and knows no shop.
#[derive(Clone)]
pub(crate) struct ForPayer(pub(crate) PaymentId);

impl Ask for ForPayer {
    type Answer = Option<Payment>;
}

/// Which payments of a list, of the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Whose.
    pub(crate) shop_id: ShopId,
    /// Only those of this kind.
    pub(crate) filter: Filter,
    /// Only those older than this one.
    pub(crate) after: Option<PaymentId>,
    /// None older than this one.
    pub(crate) until: Option<PaymentId>,
    /// At most so many.
    pub(crate) limit: u32,
}

/// What payments of a list have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The shop's number of the order.
    pub(crate) order_id: Option<String>,
    /// The shop's number of the payer.
    pub(crate) user_id: Option<String>,
    pub(crate) status: Option<Status>,
    pub(crate) cid: Option<String>,
    /// Whether a person has to look at it.
    pub(crate) needs_review: Option<bool>,
    /// Created then or later.
    pub(crate) created_from: Option<Timestamp>,
    /// Created earlier.
    pub(crate) created_before: Option<Timestamp>,
}

/// A payment has its id from before KakaoPay is asked to make it ready, and is created with the answer: so
/// much later, at most.
const READY_TAKES: SignedDuration = SignedDuration::from_mins(1);

impl Page {
    /// The lowest id that it can have, and the one that all are below: ids begin with their time.
    pub(super) fn ids(&self) -> (PaymentId, PaymentId) {
        let first_of = |at: Timestamp| PaymentId::new(at, [0; 10]);
        let Filter {
            created_from,
            created_before,
            ..
        } = self.filter;
        let from = created_from.map(|from| first_of(timing::before(from, READY_TAKES)));
        let lowest = from.max(self.until);
        let all = PaymentId::from_bytes([u8::MAX; 16]);
        let below = created_before.map_or(all, first_of);
        (
            lowest.unwrap_or(PaymentId::from_bytes([0; 16])),
            self.after.map_or(below, |after| after.min(below)),
        )
    }

    /// Which index leads to them.
    pub(super) fn index(&self) -> Index<'_> {
        match (&self.filter.order_id, &self.filter.user_id) {
            (Some(order_id), _) => Index::Order(order_id),
            (None, Some(user_id)) => Index::User(user_id),
            (None, None) => Index::Shop,
        }
    }

    /// Whether the index leads to payments that are none of it.
    pub(crate) fn passes_some_over(&self) -> bool {
        let Filter {
            order_id,
            user_id,
            status,
            cid,
            needs_review,
            ..
        } = &self.filter;
        let is_two = order_id.is_some() && user_id.is_some();
        is_two || status.is_some() || cid.is_some() || needs_review.is_some()
    }
}

/// By which of the shop's numbers payments are found.
pub(super) enum Index<'a> {
    Shop,
    Order(&'a str),
    User(&'a str),
}

/// The last of the `most` payments that a page looks at, if there are so many.
#[derive(Clone)]
pub(crate) struct LooksUntil {
    pub(crate) page: Page,
    pub(crate) most: u32,
}

impl Ask for LooksUntil {
    type Answer = Option<PaymentId>;
}

/// Payments, the newest first.
#[derive(Clone)]
pub(crate) struct List(pub(crate) Page);

impl Ask for List {
    type Answer = Vec<Listed<Payment>>;
}

/// The same, to be shown: they may be as they were a moment ago.
#[derive(Clone)]
pub(crate) struct ListToShow(pub(crate) Page);

impl Ask for ListToShow {
    type Answer = Vec<Listed<Payment>>;
}

/// The payment with this TID, whosever it is.
#[derive(Clone)]
pub(crate) struct WithTid(pub(crate) String);

impl Ask for WithTid {
    type Answer = Option<PaymentRef>;
}

/// What happened to a payment after its event of the number `after`, oldest first and at most `limit`,
/// to be shown: the newest may not be there yet.
#[derive(Clone)]
pub(crate) struct Events {
    pub(crate) payment: PaymentRef,
    pub(crate) after: u32,
    pub(crate) limit: u32,
}

impl Ask for Events {
    type Answer = Vec<Listed<Event>>;
}

/// What a shop asked for under this key.
#[derive(Clone)]
pub(crate) struct AskedUnder {
    pub(crate) shop_id: ShopId,
    pub(crate) key: String,
}

impl Ask for AskedUnder {
    type Answer = Option<Idempotency>;
}

/// What is against a new payment of this order, asked for under this key.
#[derive(Clone)]
pub(crate) struct BeforeCreate {
    pub(crate) shop_id: ShopId,
    pub(crate) key: Option<String>,
    pub(crate) order_id: String,
}

impl Ask for BeforeCreate {
    type Answer = Against;
}

/// What is against a new payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Against {
    /// What was asked for under its key before.
    pub(crate) known: Option<Idempotency>,
    /// The payment by which the order is paid already.
    pub(crate) paid_by: Option<PaymentId>,
    /// This database is a backup of which it is not known what it lacks.
    pub(crate) is_restored: bool,
}
