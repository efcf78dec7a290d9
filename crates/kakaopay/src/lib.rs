//! A typed client of KakaoPay's online payment API (카카오페이 단건 결제): `ready`, `approve`,
//! `order` and `cancel`, and for every failure what is certain about the money.
//!
//! A payment takes three steps. **Ready** announces it and gives the addresses of KakaoPay's
//! pages. The payer goes there, authenticates, and comes back to the shop's approval URL with a
//! `pg_token`. **Approve** then takes the money. KakaoPay sends no webhooks: whatever goes wrong,
//! **order** tells where the payment stands.
//!
//! ```
//! use kakaopay::{
//!     CancelRequest, Device, KakaoPay, OrderRequest, Outcome, PgToken, ReadyRequest, RedirectUrls,
//! };
//! use kakaopay_sandbox::Sandbox;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // KakaoPay is played by the sandbox here, a dev-dependency. Without `base_url` it is the
//!     // real one; `TC0ONETIME`, the merchant code for tests, is used until you set `cid`.
//!     let sandbox = Sandbox::builder().start().await?;
//!     let kakaopay = KakaoPay::builder("DEV0123456789ABCDEF0123456789ABCDEF01234")
//!         .base_url(sandbox.url())
//!         .build()?;
//!
//!     // 1. Announce the payment, store its TID with the order, send the payer to KakaoPay.
//!     let urls = RedirectUrls::new(
//!         "https://shop.example/pay/approve?order=2026-1",
//!         "https://shop.example/pay/cancel?order=2026-1",
//!         "https://shop.example/pay/fail?order=2026-1",
//!     )?;
//!     let request = ReadyRequest::new(
//!         "2026-1".parse()?,    // the shop's order number
//!         "member-77".parse()?, // the shop's id of the payer; no personal data
//!         "초코파이".parse()?,
//!         2_200, // KRW
//!         urls,
//!     );
//!     let ready = kakaopay.ready(&request).await?;
//!     let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)";
//!     let page = ready.redirect_url(Device::from_user_agent(agent, None, &[]));
//!     let page = kakaopay.payer_address(page).ok_or("not a page of KakaoPay's")?;
//!     println!("303 See Other: {page}");
//!
//!     // 2. The payer pays there and comes back to the approval URL.
//!     let back = sandbox.play(ready.tid.as_str(), "pays_by_card")?;
//!     let (_, pg_token) = back.split_once("pg_token=").ok_or("no token")?;
//!     let pg_token: PgToken = pg_token.parse()?;
//!
//!     // 3. Take the money, in a task of its own: the handler that waits for it is dropped when
//!     // the payer closes the browser, and the charge must be written down all the same.
//!     let approve = request.approve(ready.tid.clone(), pg_token);
//!     let client = kakaopay.clone();
//!     let task = tokio::spawn(async move {
//!         match client.approve(&approve).await {
//!             Ok(paid) => println!("paid: {} KRW", paid.amount.total),
//!             Err(error) => match error.outcome() {
//!                 Outcome::NotExecuted if error.is_retryable() => println!("again, a little later"),
//!                 Outcome::NotExecuted => println!("not sent: {error}"),
//!                 Outcome::Rejected => println!("this call took no money: {error}"),
//!                 Outcome::Unknown => println!("look the order up, as below: {error}"),
//!             },
//!         }
//!     });
//!     task.await?;
//!
//!     // Where does it stand?
//!     let order = kakaopay.order(&OrderRequest::new(ready.tid.clone())).await?;
//!     assert!(order.is_paid_in_full(2_200));
//!
//!     // Give half of it back, and then the rest. (In tasks of their own as well.)
//!     let half = CancelRequest::new(ready.tid.clone(), 1_100, 0).cancel_available_amount(2_200);
//!     let canceled = kakaopay.cancel(&half).await?;
//!     let left = canceled.cancel_available_amount.ok_or("what is left is not told")?;
//!     let canceled = kakaopay.cancel(&CancelRequest::rest(ready.tid, &left)).await?;
//!     assert_eq!(canceled.canceled_amount.map(|amount| amount.total), Some(2_200));
//!     Ok(())
//! }
//! ```
//!
//! A whole small shop is [`examples/axum.rs`](https://github.com/danpay/danpay/blob/main/crates/kakaopay/examples/axum.rs).
//! What to do about an unknown outcome is on the page [`settling`].
//!
//! # What a shop stores
//!
//! KakaoPay finds a payment by its TID alone, and a server may stop at any moment. So these go into the
//! shop's store, each before the step that needs it:
//!
//! | before | store |
//! |---|---|
//! | the redirect to KakaoPay | TID, order id, user id, amount, the merchant code if it is not the client's, and when the payment expires ([`expires_at`](ReadyResponse::expires_at)) |
//! | `approve` | that it is being approved, and since when. Check and mark the order in **one step** (`UPDATE … WHERE status = 'ready'`, or under one lock): a reload or a second tab then finds it marked, and does not call |
//! | `cancel` | the [`CancelRequest`] with a `payload` of its own, since when, and how much had gone back until then |
//!
//! [`Tid::issued`] reads a TID back; every request and answer is `Serialize` and `Deserialize` as well.
//! (The JSON of a request holds its secrets: `pg_token` and `cid_secret`.) The `pg_token` comes in the
//! payer's address, so a reload brings it again. Store it only if the shop is to approve again by itself.
//!
//! # What the client promises
//!
//! - Each call is sent **at most once**; nothing is retried and no redirect is followed. A failure
//!   is [`NotExecuted`](Outcome::NotExecuted), [`Rejected`](Outcome::Rejected) or, whenever that is
//!   not proven, [`Unknown`](Outcome::Unknown). [`Error::is_retryable`] says whether the same request
//!   may be sent again; [`Error::proof`] tells a no to the payment from trouble of the merchant's own,
//!   such as a key that was replaced. [`error_code`] says what every documented code proves.
//! - `Ok` is an answer to what was asked. One about another TID, order, merchant code or amount is a
//!   [`Contradiction`], and `Unknown`.
//! - What breaks a documented limit is refused before it is sent; the [`InvalidField`] names the
//!   field, the limit and what was given. `validate()` asks that of any request beforehand.
//! - Answers are read with patience: keys may be new, absent or `null`, numbers may be strings,
//!   statuses may be unknown. An approval is not lost because its card or its time looks odd. A 200
//!   without a TID, or with an invalid amount, counts as `Unknown`; so does one to `ready` without
//!   addresses for the payer, and one to `approve` without an amount.
//! - The secret key, `cid_secret` and `pg_token` show in no Debug, no error and no log. The latter two
//!   are in a request's JSON, as KakaoPay needs them there: do not log that. What is long enough to be
//!   a secret in the addresses to come back to shows in no error.
//! - Amounts are whole KRW. Times are instants, read from and written as Korean wall clock
//!   ([`KstDateTime`]). Lengths are counted in characters.
//! - Nothing of the process is changed: no default of rustls, no feature of `serde_json` that would
//!   change other JSON.
//!
//! # Features
//!
//! - `http-client` (default): the way over HTTPS, with reqwest and rustls. Without it, a client has the
//!   [`Transport`] that it is given. `kakaopay::reqwest` is that reqwest. A client built of it may panic:
//!   `KakaoPayBuilder::http_client` says why, and what to do.
//! - `tracing`: an event for each call, `debug` if it succeeded and `warn` if not, with the endpoint,
//!   the time it took (`took_ms`) and the `outcome`.
//!
//! Rust 1.88 or newer.
//!
//! # Where the facts come from
//!
//! Fields, limits, statuses and payment error codes: KakaoPay's documentation, current generation
//! (`open-api.kakaopay.com`), and the samples in it. That times are UTC+9, that answers hold
//! `null`s, and the shapes of real bodies: real logs of 2023 to 2025. That KakaoPay gives up on a
//! call after 11 s, and which failures leave a payment in doubt: second-hand accounts of KakaoPay's
//! documentation and forum. Where the documentation is silent, the item says what is our guess.

#![deny(missing_docs, clippy::missing_errors_doc)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod amount;
mod api_endpoint;
mod api_error;
mod approve;
mod base_url;
mod builder;
mod call;
mod cancel;
mod card;
mod classify;
mod client;
mod config_error;
mod contradiction;
mod device;
mod error;
pub mod error_code;
#[cfg(feature = "http-client")]
mod failed;
mod field;
#[cfg(feature = "http-client")]
mod http_transport;
mod identifier;
mod lenient;
mod open_enum;
mod order;
mod outcome;
mod proof;
#[cfg(feature = "http-client")]
mod proxy_url;
mod ready;
mod secret;
pub mod settling;
mod status;
mod time;
#[cfg(feature = "http-client")]
mod tls;
#[cfg(feature = "tracing")]
mod trace;
mod transport;

pub use amount::{Amount, vat};
pub use api_endpoint::ApiEndpoint;
pub use api_error::{ApiError, ErrorExtras};
pub use approve::{ApproveRequest, ApproveResponse};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use builder::KakaoPayBuilder;
pub use cancel::{CancelRequest, CancelResponse};
pub use card::{CardInfo, SelectedCardInfo};
pub use client::KakaoPay;
pub use config_error::ConfigError;
pub use contradiction::{ContradictingAnswer, Contradiction};
pub use device::Device;
pub use error::Error;
pub use error_code::{ErrorClass, ErrorCodeInfo};
pub use field::{FieldProblem, InvalidField};
pub use identifier::{
    Aid, Cid, ItemCode, ItemName, PartnerOrderId, PartnerUserId, Payload, RedirectUrl, Sid, Tid,
};
pub use order::{OrderRequest, OrderResponse, PaymentAction};
pub use outcome::Outcome;
pub use proof::Proof;
#[cfg(feature = "http-client")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-client")))]
pub use proxy_url::{InvalidProxyUrl, ProxyUrl};
pub use ready::{ReadyRequest, ReadyResponse, RedirectUrls};
#[cfg(feature = "http-client")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-client")))]
pub use reqwest;
pub use secret::{CidSecret, PgToken, SecretKey};
pub use status::{CardIssuer, OrderStatus, PaymentActionType, PaymentMethodType};
pub use time::{InvalidTime, KstDateTime};
pub use transport::{
    RETRY_AFTER_MAX, Transport, TransportError, TransportFuture, TransportRequest,
    TransportResponse,
};

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
