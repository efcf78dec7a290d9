//! Webhook endpoints, and deliveries from their birth to their end.

mod born;
mod endpoints;
mod looked_at;
mod work;

use danpay_core::webhook::{
    Answer, Claim, Delivery, DeliveryStatus, Disabled, Endpoint, EventFilter, Standing, Told,
};
use danpay_core::{DeliveryId, Jitter, WebhookEndpointId};

use super::claims::{approved, claim};
use super::*;
use crate::shops::Settings as ShopSettings;
use crate::store::shops;
use crate::store::webhooks::{
    AddEndpoint, ClaimDeliveries, Due, DueDeliveries, EndpointRow, EndpointsOf, ListDeliveries,
    RecordAttempt, StandingChange, UpdateEndpoint, Written,
};

fn endpoint_id(n: u8) -> WebhookEndpointId {
    WebhookEndpointId::new(start(), [n; 10])
}

fn endpoint(n: u8) -> EndpointRow {
    EndpointRow {
        secret: vec![n; 60],
        old_secret: None,
        rotated_at: None,
        endpoint: Endpoint {
            id: endpoint_id(n),
            shop_id: shop(),
            url: format!("https://shop.example/{n}"),
            description: "주문 서버".to_owned(),
            events: EventFilter::All,
            standing: Standing::default(),
            created_at: start(),
            version: 1,
        },
    }
}

fn hears(n: u8, names: &[&str]) -> EndpointRow {
    let mut row = endpoint(n);
    let names = names.iter().map(|&name| name.to_owned()).collect();
    row.endpoint.events = EventFilter::Only(names);
    row
}

fn other_shop() -> ShopId {
    ShopId::from_bytes([8; 16])
}

impl TestDatabase {
    /// A second shop.
    async fn add_other_shop(&self) {
        let shop = shops::ShopRow {
            id: other_shop(),
            name: "other".to_owned(),
            is_first: false,
            settings: ShopSettings::default(),
            version: 1,
            created_at: start(),
            disabled_at: None,
            accounts: vec![shops::AccountRow {
                cid: "C000000002".to_owned(),
                secret_key: vec![1; 60],
                cid_secret: None,
            }],
        };
        assert!(self.store.ask(shops::Add { shop }).await.unwrap());
    }

    async fn add(&self, row: EndpointRow) {
        assert!(self.store.ask(AddEndpoint(row)).await.unwrap());
    }

    async fn endpoint(&self, n: u8) -> EndpointRow {
        let rows = self.store.ask(EndpointsOf(shop())).await.unwrap();
        let mut rows = rows.into_iter();
        rows.find(|row| row.endpoint.id == endpoint_id(n)).unwrap()
    }

    /// Writes a change onto an endpoint as it is now.
    async fn change(&self, n: u8, change: impl FnOnce(&mut EndpointRow)) {
        let mut row = self.endpoint(n).await;
        change(&mut row);
        row.endpoint.version += 1;
        let written = self.store.ask(UpdateEndpoint(row)).await.unwrap();
        assert_eq!(written, Written::Yes);
    }

    async fn disable(&self, n: u8) {
        let disabled = Some((at(1), Disabled::ByHand));
        let change = |row: &mut EndpointRow| row.endpoint.standing.disabled = disabled;
        self.change(n, change).await;
    }

    /// The shop's deliveries, the oldest first, those of one event by endpoint.
    async fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries_of(shop()).await
    }

    async fn deliveries_of(&self, shop_id: ShopId) -> Vec<Delivery> {
        let asked = ListDeliveries { shop_id, ..all() };
        let (page, next) = self.store.ask(asked).await.unwrap();
        assert_eq!(next, None);
        let mut all: Vec<_> = page.into_iter().map(Result::unwrap).collect();
        all.sort_by_key(|one| (one.created_at, one.sequence, one.event_id, one.endpoint_id));
        all
    }

    /// Of one payment and endpoint.
    async fn delivery(&self, payment: u8, sequence: u32, endpoint: u8) -> Delivery {
        let mut all = self.deliveries().await.into_iter();
        let found = all.find(|one| {
            one.about == Told::Payment(id(payment))
                && one.sequence == sequence
                && one.endpoint_id == endpoint_id(endpoint)
        });
        found.unwrap()
    }

    async fn create_payment(&self, n: u8) {
        self.store.create(new(new_payment(n))).await.unwrap();
    }

    /// So many seconds after the start; deliveries of one instant come in any order.
    async fn create_payment_at(&self, n: u8, second: i64) {
        let mut created = new_payment(n);
        created.event.at = at(second);
        created.event.id = context(at(second)).event_id;
        self.store.create(new(created)).await.unwrap();
    }

    /// What is told of it then: 1 is ready, 3 approved.
    async fn create_and_approve(&self, n: u8) {
        self.create_payment(n).await;
        let claimed = claim(&self.payment(n).await);
        self.store.commit(step(claimed)).await.unwrap();
        let paid = approved(&self.payment(n).await);
        self.store.commit(step(paid)).await.unwrap();
    }

    async fn due_then(&self, now: i64) -> Vec<(EndpointRow, Vec<Due>)> {
        self.store.ask(due_deliveries(now)).await.unwrap()
    }

    /// Whether a claim of it is ours.
    async fn claims(&self, claimed: &Delivery, now: i64) -> bool {
        let ask = ClaimDeliveries {
            now: at(now),
            claimed: vec![claimed.clone()],
            put_off: Vec::new(),
        };
        let ours = self.store.ask(ask).await.unwrap();
        assert!(ours.is_empty() || ours == [claimed.id]);
        !ours.is_empty()
    }

    async fn records(&self, delivery: Delivery, standing: StandingChange, now: i64) -> bool {
        let ask = RecordAttempt {
            delivery,
            standing,
            event_id: context(at(now)).event_id,
            now: at(now),
        };
        self.store.ask(ask).await.unwrap()
    }

    /// Claims it and records what was answered.
    async fn tries(&self, delivery: &Delivery, status: u16, now: i64) -> Delivery {
        let claimed = claimed(delivery, now);
        assert!(self.claims(&claimed, now).await);
        let ended = ended(claimed, status, now);
        self.records(ended.clone(), StandingChange::None, now).await;
        ended
    }
}

fn claimed(delivery: &Delivery, now: i64) -> Delivery {
    match delivery.claim(None, at(now)) {
        Claim::Go(claimed) => *claimed,
        Claim::PutOff(until) => panic!("put off until {until}"),
    }
}

fn ended(claimed: Delivery, status: u16, now: i64) -> Delivery {
    let answer = Answer::Status {
        status,
        retry_after: None,
        body: "그래 \"\\".to_owned(),
    };
    let standing = Standing::default();
    claimed
        .ended(standing, (answer, 12), at(now), Jitter::default())
        .0
}

fn due_deliveries(now: i64) -> DueDeliveries {
    DueDeliveries {
        now: at(now),
        refused_before: at(now - 300),
        each: 16,
        less: Vec::new(),
    }
}

/// Each delivery of the shop on one page.
fn all() -> ListDeliveries {
    ListDeliveries {
        shop_id: shop(),
        endpoint_id: None,
        payment_id: None,
        event_id: None,
        status: None,
        after: None,
        limit: 99,
        passed: 999,
    }
}

/// By endpoint: payment and sequence of each, as they come.
fn numbers(due: &[(EndpointRow, Vec<Due>)]) -> Vec<(WebhookEndpointId, Vec<(Told, u32)>)> {
    let each = due.iter().map(|(row, of_it)| {
        let numbers = of_it.iter().map(|due| &due.delivery);
        let numbers = numbers.map(|one| (one.about, one.sequence));
        (row.endpoint.id, numbers.collect())
    });
    each.collect()
}

fn told(n: u8, sequence: u32) -> (Told, u32) {
    (Told::Payment(id(n)), sequence)
}

fn ids(deliveries: &[Delivery]) -> Vec<DeliveryId> {
    deliveries.iter().map(|one| one.id).collect()
}
