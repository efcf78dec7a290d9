//! Lists of payments.

use danpay_core::{PaymentId, Status};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::queries::{self, Query};
use super::rows::Parameter;
use super::values::Instant;
use super::{OnPostgres, Postgres, only, uuid};
use crate::store::StoreError;
use crate::store::payments::{Filter, Index, LooksUntil, Page};

/// The statement of a list, and its parameters.
pub(super) fn page(page: &Page) -> (&'static Query, Vec<Parameter<'static>>) {
    let (query, number) = match page.index() {
        Index::Shop => (&queries::LIST, None),
        Index::Order(id) => (&queries::LIST_OF_ORDER, Some(id.to_owned())),
        Index::User(id) => (&queries::LIST_OF_USER, Some(id.to_owned())),
    };
    let (lowest, below) = page.ids();
    let filter: &Filter = &page.filter;
    let values: Vec<Parameter<'_>> = vec![
        Box::new(uuid(page.shop_id.as_bytes())),
        Box::new(uuid(below.as_bytes())),
        Box::new(uuid(lowest.as_bytes())),
        Box::new(i64::from(page.limit)),
        Box::new(number),
        Box::new(filter.user_id.clone()),
        Box::new(filter.status.map(Status::as_str)),
        Box::new(filter.cid.clone()),
        Box::new(filter.needs_review),
        Box::new(filter.created_from.map(Instant)),
        Box::new(filter.created_before.map(Instant)),
    ];
    (query, values)
}

impl OnPostgres for LooksUntil {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<PaymentId>, StoreError> {
        let (query, number) = match self.page.index() {
            Index::Shop => (&queries::LOOKS_UNTIL, None),
            Index::Order(id) => (&queries::LOOKS_UNTIL_OF_ORDER, Some(id)),
            Index::User(id) => (&queries::LOOKS_UNTIL_OF_USER, Some(id)),
        };
        let (lowest, below) = self.page.ids();
        let values: [&(dyn ToSql + Sync); 5] = [
            &uuid(self.page.shop_id.as_bytes()),
            &uuid(below.as_bytes()),
            &uuid(lowest.as_bytes()),
            &i64::from(self.most.saturating_sub(1)),
            &number,
        ];
        let rows = database.shown(query, &values).await?;
        let last = rows.first().map(only::<Uuid>).transpose()?;
        Ok(last.map(|id| PaymentId::from_bytes(id.into_bytes())))
    }
}

/// Each statement as it is prepared, and the index that it has to use.
#[cfg(test)]
pub(in crate::store) fn lists() -> [(String, usize, &'static str); 6] {
    let prepared = |query: &Query, index| {
        let types = query.types.iter().map(ToString::to_string);
        let types = types.collect::<Vec<_>>().join(", ");
        let prepare = format!("prepare list ({types}) as {}", query.sql);
        (prepare, query.types.len(), index)
    };
    [
        prepared(&queries::LIST, "payments_of_shop"),
        prepared(&queries::LIST_OF_ORDER, "payments_by_order"),
        prepared(&queries::LIST_OF_USER, "payments_by_user"),
        prepared(&queries::LOOKS_UNTIL, "payments_of_shop"),
        prepared(&queries::LOOKS_UNTIL_OF_ORDER, "payments_by_order"),
        prepared(&queries::LOOKS_UNTIL_OF_USER, "payments_by_user"),
    ]
}
