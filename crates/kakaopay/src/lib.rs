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
//!     ApproveRequest, CancelRequest, Device, KakaoPay, OrderRequest, Outcome, PgToken,
//!     ReadyRequest, RedirectUrls,
//! };
//! # use kakaopay_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Here KakaoPay is played by the sandbox, a dev-dependency. Without `base_url` it is the real
//! // one, and `TC0ONETIME`, the merchant code for tests, is used until you set `cid`.
//! let sandbox = Sandbox::builder().start().await?;
//! let kakaopay = KakaoPay::builder("DEV0123456789ABCDEF0123456789ABCDEF01234")
//!     .base_url(sandbox.url())
//!     .build()?;
//!
//! // 1. Announce the payment, store its TID with the order, send the payer to KakaoPay.
//! let urls = RedirectUrls {
//!     approval: "https://shop.example/pay/approve?order=2026-1".parse()?,
//!     cancel: "https://shop.example/pay/cancel?order=2026-1".parse()?,
//!     fail: "https://shop.example/pay/fail?order=2026-1".parse()?,
//! };
//! let request = ReadyRequest::new(
//!     "2026-1".parse()?,    // the shop's order number
//!     "member-77".parse()?, // the shop's id of the payer; no personal data
//!     "초코파이".parse()?,
//!     2_200, // KRW
//!     urls,
//! );
//! let ready = kakaopay.ready(&request).await?;
//! let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)";
//! let page = ready.redirect_url(Device::from_user_agent(agent, None, &[]));
//! let page = kakaopay.payer_address(page).ok_or("not a page of KakaoPay's")?;
//!
//! // 2. The payer pays there and comes back to the approval URL.
//! let back = sandbox.play(ready.tid.as_str(), "pays_by_card")?;
//! # let pg_token = back.split("pg_token=").nth(1).unwrap();
//! let pg_token: PgToken = pg_token.parse()?;
//!
//! // 3. Take the money.
//! let request = ApproveRequest::new(
//!     ready.tid.clone(),
//!     "2026-1".parse()?,
//!     "member-77".parse()?,
//!     pg_token,
//! )
//! .total_amount(2_200);
//! match kakaopay.approve(&request).await {
//!     Ok(paid) => {
//!         assert_eq!(paid.contradiction(&request), None);
//!         assert_eq!((paid.amount.total, paid.amount.vat), (2_200, 200));
//!     }
//!     Err(error) => match error.outcome() {
//!         Outcome::NotSent => { /* may be tried again */ }
//!         Outcome::Rejected => { /* this call took no money */ }
//!         Outcome::Unknown => { /* the money may have moved: look the order up, as below */ }
//!     },
//! }
//!
//! // Where does it stand? Then give half of it back.
//! let order = kakaopay.order(&OrderRequest::new(ready.tid.clone())).await?;
//! assert!(order.status.is_paid());
//! let half = CancelRequest::new(ready.tid, 1_100, 0).cancel_available_amount(2_200);
//! let canceled = kakaopay.cancel(&half).await?;
//! assert_eq!(canceled.cancel_available_amount.unwrap().total, 1_100);
//! # Ok(())
//! # }
//! ```
//!
//! # What the client promises
//!
//! - Each call is sent **at most once**; nothing is retried and no redirect is followed. A failure
//!   is [`NotSent`](Outcome::NotSent), [`Rejected`](Outcome::Rejected) or, whenever that is not
//!   proven, [`Unknown`](Outcome::Unknown). [`Error::proof`] tells a no to the payment from trouble
//!   of the merchant's own, such as a key that was replaced. [`error_code`] says what every
//!   documented code proves.
//! - What breaks a documented limit is refused before it is sent; the [`InvalidField`] names the
//!   field, the limit and what was given.
//! - Answers are read with patience: keys may be new, absent or `null`, numbers may be strings,
//!   statuses may be unknown. An approval is not lost because its card or its time looks odd. A
//!   200 that names no TID (or, after `ready`, no addresses for the payer), or states an amount that
//!   is none, is no answer: `Unknown`.
//! - The secret key, `cid_secret` and `pg_token` show in no Debug, no error and no log. They are in
//!   a request's JSON, as KakaoPay needs them there: do not log that. What is long enough to be a
//!   secret in the addresses to come back to shows in no error.
//! - Amounts are whole KRW. Times are instants, read from and written as Korean wall clock
//!   ([`KstDateTime`]). Lengths are counted in characters.
//!
//! # Where the facts come from
//!
//! Fields, limits, statuses and payment error codes: KakaoPay's documentation, current generation
//! (`open-api.kakaopay.com`), and the samples in it. That times are UTC+9, that answers hold
//! `null`s, and the shapes of real bodies: real logs of 2023 to 2025. That KakaoPay gives up on a
//! call after 11 s, and which failures leave a payment in doubt: second-hand accounts of KakaoPay's
//! documentation and forum. Where the documentation is silent, the item says what is our guess.

#![deny(missing_docs)]

mod amount;
mod approve;
mod base_url;
mod builder;
mod call;
mod cancel;
mod card;
mod classify;
mod client;
mod device;
mod endpoint;
mod error;
pub mod error_code;
mod failed;
mod field;
mod http_transport;
mod identifier;
mod lenient;
mod open_enum;
mod order;
mod proof;
mod proxy_url;
mod ready;
mod secret;
mod status;
mod time;
mod transport;

pub use amount::{Amount, vat};
pub use approve::{ApproveRequest, ApproveResponse};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use builder::{Builder, ConfigError};
pub use cancel::{CancelRequest, CancelResponse};
pub use card::{CardInfo, SelectedCardInfo};
pub use client::KakaoPay;
pub use device::Device;
pub use endpoint::Endpoint;
pub use error::{ApiError, Error, Extras, Outcome};
pub use error_code::{ErrorClass, ErrorCodeInfo};
pub use field::{InvalidField, Problem};
pub use http_transport::{HttpTransport, Timeouts};
pub use identifier::{
    Aid, Cid, ItemCode, ItemName, PartnerOrderId, PartnerUserId, Payload, RedirectUrl, Sid, Tid,
};
pub use order::{OrderRequest, OrderResponse, PaymentAction};
pub use proof::Proof;
pub use proxy_url::{InvalidProxyUrl, ProxyUrl};
pub use ready::{ReadyRequest, ReadyResponse, RedirectUrls};
pub use secret::{CidSecret, PgToken, SecretKey};
pub use status::{CardIssuer, OrderStatus, PaymentActionType, PaymentMethodType};
pub use time::{InvalidTime, KstDateTime};
pub use transport::{RETRY_AFTER_MAX, Request, Response, Sending, Transport, TransportError};
