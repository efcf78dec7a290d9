//! Payments.

use std::sync::Arc;

use danpay_core::{Change, Event, Obstacle, Payment, PaymentRef, timing};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::together::{self, Kind};
use super::values::Instant;
use super::written::Written;
use super::{
    OnPostgres, Postgres, borrowed, count, list, only, queries, reference, refund_days, rows, uuid,
};
use crate::limits;
use crate::store::payments::{
    Against, AnyLive, AskedUnder, BeforeCreate, CheckAt, ClaimDue, ClaimLookup, Commit, CountDue,
    Create, Events, FirstDue, ForPayer, Idempotency, List, ListToShow, LookFirst, OfShop,
    ScheduleCheck, WakeInDoubt, WithTid,
};
use crate::store::{Listed, StoreError};

/// A payment's own id and its shop's, as parameters.
fn ids(PaymentRef { shop_id, id }: PaymentRef) -> (Uuid, Uuid) {
    (uuid(id.as_bytes()), uuid(shop_id.as_bytes()))
}

impl OnPostgres for Create {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let change = Written::of_new(self.change, self.record)?;
        together::write(database, Kind::Create, &Arc::new(change)).await?;
        Ok(())
    }
}

impl OnPostgres for Commit {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let written = Arc::new(Written::new(self.change, self.record)?);
        let change = written.change();
        let kind = Kind::of(change);
        if together::write(database, kind, &written).await? {
            return Ok(());
        }
        let met = match kind {
            Kind::Claim => obstacle(database, change).await?,
            Kind::Refund => refund_days::obstacle(database, change).await?,
            Kind::Create | Kind::Commit | Kind::Release | Kind::GiveRefundBack => None,
        };
        Err(met.map_or(StoreError::Conflict, StoreError::Obstacle))
    }
}

/// What a claim has met, if that was no other version of the payment.
async fn obstacle(database: &Postgres, change: &Change) -> Result<Option<Obstacle>, StoreError> {
    let (id, shop_id) = ids(change.payment.reference());
    let order_id = change.payment.order.order_id.as_str();
    let met = database
        .row(&queries::OBSTACLE, &[&shop_id, &order_id, &id])
        .await?;
    rows::obstacle(change, &met)
}

impl OnPostgres for CheckAt {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let (id, shop_id) = ids(self.payment);
        let version = i32::try_from(self.version).unwrap_or(i32::MAX);
        let at = self.at.map(Instant);
        let values: [&(dyn ToSql + Sync); 4] = [&id, &shop_id, &version, &at];
        database.row(&queries::CHECK_AT, &values).await?;
        Ok(())
    }
}

impl OnPostgres for ClaimDue {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<PaymentRef>, StoreError> {
        let (now, until) = (Instant(self.now), Instant(self.until));
        let except = self.except.iter().map(|id| uuid(id.as_bytes()));
        let except: Vec<_> = except.collect();
        let values: [&(dyn ToSql + Sync); 4] = [&now, &until, &i64::from(self.limit), &except];
        let query = match self.first {
            FirstDue::Newest => &queries::CLAIM_NEWEST_DUE,
            FirstDue::Oldest => &queries::CLAIM_OLDEST_DUE,
        };
        let rows = database.rows(query, &values).await?;
        rows.iter().map(reference).collect()
    }
}

impl OnPostgres for ClaimLookup {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let (id, shop_id) = ids(self.payment);
        let before = Instant(timing::before(self.now, self.interval));
        let values: [&(dyn ToSql + Sync); 4] = [&id, &shop_id, &Instant(self.now), &before];
        only(&database.row(&queries::CLAIM_LOOKUP, &values).await?)
    }
}

impl OnPostgres for ScheduleCheck {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let (id, shop_id) = ids(self.payment);
        let (now, at) = (Instant(self.now), Instant(self.at));
        let values: [&(dyn ToSql + Sync); 4] = [&id, &shop_id, &at, &now];
        database.rows(&queries::SCHEDULE_CHECK, &values).await?;
        Ok(())
    }
}

impl OnPostgres for LookFirst {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let (id, shop_id) = ids(self.payment);
        let values: [&(dyn ToSql + Sync); 3] = [&id, &shop_id, &Instant(self.now)];
        database.rows(&queries::LOOK_FIRST, &values).await?;
        Ok(())
    }
}

impl OnPostgres for CountDue {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        let most = i64::from(limits::WAITING_MAX);
        let values: [&(dyn ToSql + Sync); 2] = [&Instant(self.now), &most];
        count(&database.row(&queries::COUNT_DUE, &values).await?)
    }
}

impl OnPostgres for AnyLive {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let row = database.row(&queries::ANY_LIVE, &[]).await?;
        Ok(row.try_get(0)?)
    }
}

impl OnPostgres for WakeInDoubt {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        count(
            &database
                .row(&queries::WAKE_IN_DOUBT, &[&Instant(self.now)])
                .await?,
        )
    }
}

impl OnPostgres for OfShop {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Payment>, StoreError> {
        let (id, shop_id) = ids(self.0);
        let rows = database.rows(&queries::PAYMENT, &[&id, &shop_id]).await?;
        rows.first().map(rows::payment).transpose()
    }
}

impl OnPostgres for ForPayer {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Payment>, StoreError> {
        let id = uuid(self.0.as_bytes());
        let rows = database.rows(&queries::PAYERS_PAYMENT, &[&id]).await?;
        rows.first().map(rows::payment).transpose()
    }
}

impl OnPostgres for List {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<Listed<Payment>>, StoreError> {
        let (query, values) = list::page(&self.0);
        let rows = database.rows(query, &borrowed(&values)).await?;
        rows.iter().map(rows::listed).collect()
    }
}

impl OnPostgres for ListToShow {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<Listed<Payment>>, StoreError> {
        let (query, values) = list::page(&self.0);
        let rows = database.shown(query, &borrowed(&values)).await?;
        rows.iter().map(rows::listed).collect()
    }
}

impl OnPostgres for WithTid {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<PaymentRef>, StoreError> {
        let rows = database.rows(&queries::WITH_TID, &[&self.0]).await?;
        rows.first().map(reference).transpose()
    }
}

impl OnPostgres for Events {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<Listed<Event>>, StoreError> {
        let (id, shop_id) = ids(self.payment);
        let after = i32::try_from(self.after).unwrap_or(i32::MAX);
        let values: [&(dyn ToSql + Sync); 4] = [&id, &shop_id, &after, &i64::from(self.limit)];
        let rows = database.shown(&queries::EVENTS, &values).await?;
        rows.iter()
            .map(|row| rows::listed_event(self.payment.id, row))
            .collect()
    }
}

impl OnPostgres for AskedUnder {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Idempotency>, StoreError> {
        let Self { shop_id, key } = self;
        let shop_id = uuid(shop_id.as_bytes());
        let rows = database
            .rows(&queries::IDEMPOTENCY, &[&shop_id, &key])
            .await?;
        let known = rows.first().map(|row| rows::idempotency(&key, row));
        Ok(known.transpose()?.flatten())
    }
}

impl OnPostgres for BeforeCreate {
    async fn on_postgres(self, database: &Postgres) -> Result<Against, StoreError> {
        let shop_id = uuid(self.shop_id.as_bytes());
        let values: [&(dyn ToSql + Sync); 3] = [&shop_id, &self.key, &self.order_id];
        let row = database.row(&queries::BEFORE_CREATE, &values).await?;
        rows::against(self.key.as_deref(), &row)
    }
}
