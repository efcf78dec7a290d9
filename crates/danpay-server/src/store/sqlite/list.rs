//! Lists of payments.

use danpay_core::{Payment, PaymentId, Status};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{OnSqlite, Way, queries, rows};
use crate::store::payments::{Filter, Index, LooksUntil, Page};
use crate::store::rows::listed;
use crate::store::{Listed, StoreError};

pub(super) fn page(
    connection: &Connection,
    page: &Page,
) -> Result<Vec<Listed<Payment>>, StoreError> {
    let (statement, number) = match page.index() {
        Index::Shop => (queries::LIST_PAYMENTS, None),
        Index::Order(id) => (queries::LIST_PAYMENTS_OF_ORDER, Some(id)),
        Index::User(id) => (queries::LIST_PAYMENTS_OF_USER, Some(id)),
    };
    let (lowest, below) = page.ids();
    let Filter {
        user_id,
        status,
        cid,
        needs_review,
        created_from,
        created_before,
        ..
    } = &page.filter;
    let values = params![
        page.shop_id.as_bytes(),
        below.as_bytes(),
        lowest.as_bytes(),
        page.limit,
        number,
        user_id,
        status.map(Status::as_str),
        cid,
        needs_review,
        created_from.map(Timestamp::as_millisecond),
        created_before.map(Timestamp::as_millisecond),
    ];
    let mut statement = connection.prepare_cached(statement)?;
    let payments = statement.query_map(values, |row| {
        let id = PaymentId::from_bytes(row.get("id")?);
        Ok(listed(id, rows::payment(connection, row)))
    })?;
    payments.map(|payment| payment?).collect()
}

impl OnSqlite for LooksUntil {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<PaymentId>, StoreError> {
        let (statement, number) = match self.page.index() {
            Index::Shop => (queries::LOOKS_UNTIL, None),
            Index::Order(id) => (queries::LOOKS_UNTIL_OF_ORDER, Some(id)),
            Index::User(id) => (queries::LOOKS_UNTIL_OF_USER, Some(id)),
        };
        let (lowest, below) = self.page.ids();
        let mut statement = connection.prepare_cached(statement)?;
        let last = |row: &Row<'_>| Ok(PaymentId::from_bytes(row.get(0)?));
        let shop_id = self.page.shop_id.as_bytes();
        let before_it = self.most.saturating_sub(1);
        let (below, lowest) = (below.as_bytes(), lowest.as_bytes());
        let last = match number {
            None => statement.query_row(params![shop_id, below, lowest, before_it], last),
            Some(id) => statement.query_row(params![shop_id, below, lowest, before_it, id], last),
        };
        Ok(last.optional()?)
    }
}

/// Each statement, and the index that it has to use.
#[cfg(test)]
pub(in crate::store) const LISTS: [(&str, &str); 6] = [
    (queries::LIST_PAYMENTS, "payments_of_shop"),
    (queries::LIST_PAYMENTS_OF_ORDER, "payments_by_order"),
    (queries::LIST_PAYMENTS_OF_USER, "payments_by_user"),
    (queries::LOOKS_UNTIL, "payments_of_shop"),
    (queries::LOOKS_UNTIL_OF_ORDER, "payments_by_order"),
    (queries::LOOKS_UNTIL_OF_USER, "payments_by_user"),
];
