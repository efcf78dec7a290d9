//! A statement on its way: it may come to the database after whoever has sent it has died.

use std::error::Error;
use std::fmt;

use bytes::{Bytes, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::super::queries::Query;
use super::super::values::Hidden;
use crate::store::StoreError;

pub(super) struct Sent {
    pub(super) query: &'static Query,
    pub(super) values: Vec<Value>,
}

impl Sent {
    /// Writes the values down as the driver does.
    pub(super) fn new(query: &'static Query, values: &[Hidden<'_>]) -> Result<Self, StoreError> {
        let values = values.iter().zip(query.types).map(|(value, of)| {
            let mut bytes = BytesMut::new();
            Ok(match value.to_sql_checked(of, &mut bytes)? {
                IsNull::Yes => Value(None),
                IsNull::No => Value(Some(bytes.freeze())),
            })
        });
        let values: Result<_, Box<dyn Error + Sync + Send>> = values.collect();
        let values = values.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { query, values })
    }
}

/// A value as it is sent, or null.
pub(super) struct Value(Option<Bytes>);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Value {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(bytes) = &self.0 else {
            return Ok(IsNull::Yes);
        };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // The value itself was asked when it was written down.
        true
    }

    to_sql_checked!();
}
