//! What crosses to the database and back, where the driver's own types do not fit.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use jiff::Timestamp;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

/// PostgreSQL counts from 2000-01-01.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// An instant as `timestamptz`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub(super) Timestamp);

impl ToSql for Instant {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        // Whole milliseconds, as SQLite has them: both read back the same.
        let micros = self.0.as_millisecond() * 1_000 - EPOCH_MICROS;
        micros.to_sql(of, out)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Instant {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_sql(of, raw)?;
        let micros = micros.checked_add(EPOCH_MICROS).ok_or("out of range")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }

    accepts!(TIMESTAMPTZ);
}

/// A parameter that the driver cannot print: at the level `debug` it logs what it sends, and a
/// `pg_token` or a person's order must not be in a log.
pub(super) struct Hidden<'a>(pub(super) &'a (dyn ToSql + Sync));

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Hidden<'_> {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql_checked(of, out)
    }

    fn accepts(_: &Type) -> bool {
        // The value itself is asked when it is sent.
        true
    }

    fn encode_format(&self, of: &Type) -> Format {
        self.0.encode_format(of)
    }

    to_sql_checked!();
}
