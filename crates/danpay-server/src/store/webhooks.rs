//! Webhook endpoints, and events on their way to them.
//!
//! **Invariant**: a delivery is born in the commit of its event, one for each endpoint that hears it, and is
//! found by its endpoint, payment and sequence: so none is born twice. A claim and what came of it are each
//! written onto the very claim that was read.

use danpay_core::webhook::{Blocker, Delivery, DeliveryStatus, Disabled, Endpoint, Standing, Told};
use danpay_core::{DeliveryId, Event, EventId, PaymentId, PaymentRef, ShopId, WebhookEndpointId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Ask, Listed, StoreError};

/// The tables.
pub(crate) const ENDPOINTS: &str = "webhook_endpoints";
pub(crate) const DELIVERIES: &str = "webhook_deliveries";

/// An endpoint as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointRow {
    pub(crate) endpoint: Endpoint,
    /// What its messages are signed with, sealed.
    pub(crate) secret: Vec<u8>,
    /// The one before, sealed, and until when messages are signed with it as well.
    pub(crate) old_secret: Option<(Vec<u8>, Timestamp)>,
    /// When that was replaced.
    pub(crate) rotated_at: Option<Timestamp>,
}

/// Stores a new endpoint. False if its shop has one of this address.
#[derive(Clone)]
pub(crate) struct AddEndpoint(pub(crate) EndpointRow);

impl Ask for AddEndpoint {
    type Answer = bool;
}

/// A shop's endpoints, the oldest first.
#[derive(Clone)]
pub(crate) struct EndpointsOf(pub(crate) ShopId);

impl Ask for EndpointsOf {
    type Answer = Vec<EndpointRow>;
}

/// All endpoints of all shops.
#[derive(Clone)]
pub(crate) struct AllEndpoints;

impl Ask for AllEndpoints {
    type Answer = Vec<EndpointRow>;
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Yes,
    /// It has changed since it was read, or is gone.
    Changed,
    /// The shop has another endpoint of this address.
    Taken,
}

/// Changes an endpoint that is still at the version before this one.
#[derive(Clone)]
pub(crate) struct UpdateEndpoint(pub(crate) EndpointRow);

impl Ask for UpdateEndpoint {
    type Answer = Written;
}

/// Removes an endpoint; what was on its way to it is not sent any more. False if there is none.
#[derive(Clone)]
pub(crate) struct RemoveEndpoint {
    pub(crate) shop_id: ShopId,
    pub(crate) id: WebhookEndpointId,
}

impl Ask for RemoveEndpoint {
    type Answer = bool;
}

/// What is due at `now`, of each enabled endpoint up to `each`, the longest due first, with what each may
/// have to wait for: of what is before it, none that was refused before `refused_before`.
#[derive(Clone)]
pub(crate) struct DueDeliveries {
    pub(crate) now: Timestamp,
    pub(crate) refused_before: Timestamp,
    pub(crate) each: u32,
    /// Of these, so many at most.
    pub(crate) less: Vec<(WebhookEndpointId, u32)>,
}

impl DueDeliveries {
    pub(super) fn most(&self, id: WebhookEndpointId) -> u32 {
        let less = self.less.iter().find(|(endpoint, _)| *endpoint == id);
        less.map_or(self.each, |(_, most)| (*most).min(self.each))
    }
}

/// A delivery that is due, with what is before it.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) delivery: Delivery,
    pub(crate) blocker: Option<Blocker>,
}

impl Ask for DueDeliveries {
    type Answer = Vec<(EndpointRow, Vec<Due>)>;
}

/// Writes claims, and until when others are put off, onto what was read. Which claims are ours.
#[derive(Clone)]
pub(crate) struct ClaimDeliveries {
    pub(crate) now: Timestamp,
    pub(crate) claimed: Vec<Delivery>,
    pub(crate) put_off: Vec<(Delivery, Timestamp)>,
}

impl Ask for ClaimDeliveries {
    type Answer = Vec<DeliveryId>;
}

/// Writes what came of a claimed delivery, unless it was claimed anew; the one that waits for it is due now,
/// if it has arrived or ended. If its endpoint is disabled by it, the shop's others are told.
#[derive(Clone)]
pub(crate) struct RecordAttempt {
    pub(crate) delivery: Delivery,
    /// What changes of the endpoint.
    pub(crate) standing: StandingChange,
    /// Of the event that tells the others.
    pub(crate) event_id: EventId,
    pub(crate) now: Timestamp,
}

/// What an attempt does to its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandingChange {
    None,
    Arrived,
    Failing(Timestamp),
    /// Why, and since when it has to fail still for that.
    Disabled {
        at: Timestamp,
        why: Disabled,
        since: Option<Timestamp>,
    },
}

impl StandingChange {
    /// Of an attempt that counts. That something has arrived is written whatever was read: another attempt
    /// may have failed meanwhile.
    pub(crate) fn of(before: Standing, after: Standing, has_arrived: bool) -> Self {
        match (after.disabled, after.failing_since) {
            _ if has_arrived => Self::Arrived,
            _ if before == after => Self::None,
            (Some((at, why)), _) => Self::Disabled {
                at,
                why,
                since: before.failing_since.filter(|_| why == Disabled::Failing),
            },
            (None, Some(since)) => Self::Failing(since),
            (None, None) => Self::None,
        }
    }
}

impl Ask for RecordAttempt {
    /// Whether the endpoint was disabled by it.
    type Answer = bool;
}

/// Writes that a delivery is to be sent once more. False if it has been claimed since it was read.
#[derive(Clone)]
pub(crate) struct Resend(pub(crate) Delivery);

impl Ask for Resend {
    type Answer = bool;
}

/// Of what failed of an endpoint from `from` to `before`, up to `most` are to be sent once more, the oldest
/// after `after`; the last of them.
#[derive(Clone)]
pub(crate) struct ResendFailed {
    pub(crate) shop_id: ShopId,
    pub(crate) endpoint_id: WebhookEndpointId,
    pub(crate) from: Timestamp,
    pub(crate) before: Timestamp,
    pub(crate) after: Option<DeliveryId>,
    pub(crate) most: u32,
    pub(crate) now: Timestamp,
}

impl ResendFailed {
    /// The ids between which theirs are: ids begin with the time of the event, and what follows may be anything.
    pub(super) fn ids(&self) -> (DeliveryId, DeliveryId) {
        let first = |at| {
            let mut id = *DeliveryId::new(at, [0; 10]).as_bytes();
            id.iter_mut().skip(TIME).for_each(|byte| *byte = 0);
            DeliveryId::from_bytes(id)
        };
        (self.after.unwrap_or(first(self.from)), first(self.before))
    }
}

/// How many, and the last of them.
pub(crate) type Piece = (u64, Option<DeliveryId>);

impl Ask for ResendFailed {
    type Answer = Piece;
}

/// Does this with up to `most` of an endpoint's deliveries; with how many it did. None are left if that is 0.
#[derive(Clone)]
pub(crate) struct Sweep {
    pub(crate) shop_id: ShopId,
    pub(crate) endpoint_id: WebhookEndpointId,
    pub(crate) how: Swept,
    pub(crate) most: u32,
}

/// What becomes of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    /// What was missed is not sent when the endpoint is enabled: what is not forgotten is.
    Forgotten,
    /// What was forgotten is sent after all.
    SentAfterAll,
    /// The endpoint was removed: what was on its way is not sent any more.
    Missed,
}

impl Ask for Sweep {
    type Answer = u64;
}

/// Deletes at most so many deliveries that were born before then, of the oldest; how many.
#[derive(Clone)]
pub(crate) struct PruneDeliveries {
    pub(crate) before: Timestamp,
    pub(crate) most: u32,
}

impl Ask for PruneDeliveries {
    type Answer = u64;
}

/// A page of a shop's deliveries, the newest first.
#[derive(Clone, Debug)]
pub(crate) struct ListDeliveries {
    pub(crate) shop_id: ShopId,
    pub(crate) endpoint_id: Option<WebhookEndpointId>,
    pub(crate) payment_id: Option<PaymentId>,
    pub(crate) event_id: Option<EventId>,
    pub(crate) status: Option<DeliveryStatus>,
    /// Older than this one.
    pub(crate) after: Option<DeliveryId>,
    pub(crate) limit: u32,
    /// So many are looked at, at most.
    pub(crate) passed: u32,
}

impl ListDeliveries {
    /// Whether the page has this one.
    fn wants(&self, one: &Delivery) -> bool {
        let of_payment = |id| one.about == Told::Payment(id);
        self.endpoint_id.is_none_or(|id| id == one.endpoint_id)
            && self.payment_id.is_none_or(of_payment)
            && self.event_id.is_none_or(|id| id == one.event_id)
            && self.status.is_none_or(|status| status == one.status)
    }

    /// The page of what is looked at, until it is full.
    pub(super) fn page(
        &self,
        looked_at: impl Iterator<Item = Result<(DeliveryId, Listed<Delivery>), StoreError>>,
    ) -> Result<DeliveriesPage, StoreError> {
        let (mut page, mut passed, mut last) = (Vec::new(), 0, None);
        for one in looked_at {
            let (id, delivery) = one?;
            passed += 1;
            last = Some(id);
            if delivery.as_ref().map_or(true, |one| self.wants(one)) {
                page.push(delivery);
            }
            if page.len() >= self.limit as usize {
                return Ok((page, last));
            }
        }
        Ok((page, last.filter(|_| passed >= self.passed)))
    }
}

/// With the last one that was looked at, if there may be more.
pub(crate) type DeliveriesPage = (Vec<Listed<Delivery>>, Option<DeliveryId>);

impl Ask for ListDeliveries {
    type Answer = DeliveriesPage;
}

/// A delivery of the shop.
#[derive(Clone)]
pub(crate) struct DeliveryOf {
    pub(crate) shop_id: ShopId,
    pub(crate) id: DeliveryId,
}

impl Ask for DeliveryOf {
    type Answer = Option<Delivery>;
}

/// The change of this number, as it was written: of no replica, which may not have it yet.
#[derive(Clone)]
pub(crate) struct ChangeOf {
    pub(crate) payment: PaymentRef,
    pub(crate) sequence: u32,
}

impl Ask for ChangeOf {
    type Answer = Option<Event>;
}

/// The id of an event's delivery to an endpoint: always the same, and of the event's time.
pub(super) fn delivery_id(event: EventId, endpoint: WebhookEndpointId) -> DeliveryId {
    let mut hash = Sha256::new();
    hash.update(event.as_bytes());
    hash.update(endpoint.as_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    let mut id = *event.as_bytes();
    id.iter_mut()
        .skip(TIME)
        .zip(hash)
        .for_each(|(to, from)| *to = from);
    DeliveryId::from_bytes(id)
}

/// So many bytes of an id are its time.
const TIME: usize = 6;
