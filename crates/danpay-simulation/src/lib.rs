//! danpay's life on one thread: payers with several tabs, shops that repeat themselves, one to
//! three servers that crash, a network that loses things, and KakaoPay's ledger, which is the
//! sandbox's. Servers, flow, rules and SQL are production's own, on SQLite or on PostgreSQL.
//!
//! **Invariant**: a seed decides everything. There is no thread and no real time in a run, and no
//! socket but the one on which time stands still while PostgreSQL answers, so the same seed gives the same timeline, byte for byte.
//!
//! The rooms: `world` is what all share (time, chance, the record), `host` a machine on which a
//! danpay server runs and dies, `door` the way to it, `network` its way to `kakaopay`, `weather`
//! what happens to all at once, `books` on which database, `shop`, `payer` and `desk` who act, `audit` the checks when all is
//! over.

mod audit;
mod books;
mod chance;
mod counts;
mod desk;
mod door;
mod host;
mod kakaopay;
mod keys;
mod life;
mod many;
mod network;
mod operator;
mod payer;
mod receiver;
mod record;
mod seller;
mod shop;
mod temper;
mod timeline;
mod weather;
mod world;

pub use books::{Engine, Place};
pub use counts::{Counts, ENDPOINTS, Kind};
pub use life::{Report, live};
pub use many::{Summary, live_all};
