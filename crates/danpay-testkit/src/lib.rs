//! What tests and measurements of danpay stand on.
//!
//! - Launchers: [`Launch`](process::Launch) starts the binary as a process, `in_process` (a feature) serves
//!   in this one.
//! - [`Database`]: an empty database of their own.
//! - [`Sandbox`]: KakaoPay's side, as its tester sees it, with its ledger.
//! - [`audit`]: what danpay's books say against KakaoPay's ledger.
//!
//! The books are read through danpay's public API, by `danpay-client`.

pub mod audit;
pub mod books;
mod database;
#[cfg(feature = "in-process")]
pub mod in_process;
mod ledger;
pub mod process;
mod sandbox;

pub use database::{Database, DatabaseKind};
pub use ledger::{LedgerPayment, Movement};
pub use sandbox::{Played, Sandbox};
