//! The server over real HTTP, with the sandbox as KakaoPay and its database in a file.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect"
)]

mod accounts;
mod addresses;
mod after_outage;
mod bounds;
mod cancel;
mod docs;
mod doors;
mod doubt;
mod drain;
mod events;
mod exports;
mod feed;
mod feed_waits;
mod idempotency;
mod limits;
mod list;
mod logged;
mod orders;
mod outage;
mod pages;
mod panics;
mod payment_method;
mod problems;
mod rates;
mod recover;
mod refund_limits;
mod returns;
mod setup;
mod shops;
mod story;
mod support;
mod taken;
mod turns;
mod twice;
mod webhook_days;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhooks;

use support::DatabaseKind;

/// What the database is kept in.
const DATABASE: DatabaseKind = DatabaseKind::Sqlite;
