//! danpay's payment server: it stands between a shop and KakaoPay and plays the three steps of a
//! one-time payment (ready, the payer pays, approve) so that no won is lost or doubled.
//!
//! The rooms, from the doors inwards: `api` is the shop's, `checkout` the payer's, `docs` explains what
//! `api` answers; `flow` tells what happens step by step, `gateway` asks KakaoPay, `store` is the
//! database. The rules themselves are in `danpay-core`.
//!
//! **Invariant**: nothing is kept in the process that another process could not take over: every
//! claim and timer is a row.

mod admin;
mod alerts;
mod api;
mod app;
mod checkout;
mod clock;
mod config;
mod docs;
mod doors;
mod files;
mod flow;
mod gateway;
mod http;
mod keys;
mod limits;
mod private_file;
mod returns;
mod secrets;
mod server;
mod shops;
mod start_error;
mod store;
mod test_clock;
mod webhooks;
mod wire;
mod workers;

pub use admin::{Admin, Create, ShopInfo, migrate};
pub use alerts::{AlertKind, Alerts};
pub use api::{openapi_json, shop_routes};
pub use clock::{Clock, Entropy, NoRandomness};
pub use config::{Config, ConfigError, LogFormat, Pooler};
pub use files::raise_open_files;
pub use flow::{Logged, Recovered};
pub use gateway::{CallsAtOnce, KeyedClient};
pub use http::rate::Rate;
pub use keys::{NewKey, new_api_key};
pub use private_file::{create_private, create_private_anew};
pub use secrets::{KeyId, MasterKeyError, Place, SecretError, Vault};
pub use server::{FirstKey, Parts, RecoverError, Server};
pub use shops::{Account, Connect, Settings};
pub use start_error::StartError;
pub use store::keys::{ApiKey, Role};
pub use store::{BackupError, Database, OpenError, Restored, StoreError, backup, restore};
#[cfg(feature = "simulation")]
pub use store::{BlockingDatabase, Disk, Memory, Moment, Touch};
pub use test_clock::TestClock;
pub use webhooks::endpoints::{EndpointChange, NewEndpoint, WebhookError};
pub use webhooks::receivers::{Later, Message, Posted, Receivers, Unsent};
pub use webhooks::sign::{InvalidSecret, SigningSecret};
pub use wire::{delivery_json, endpoint_json, event_types};
