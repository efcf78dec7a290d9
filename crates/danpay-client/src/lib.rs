//! A typed client of [danpay](https://github.com/danpay/danpay), the payment server for KakaoPay
//! (카카오페이).
//!
//! danpay takes care of the payment: it talks to KakaoPay, charges an order once, and finds out what became
//! of whatever was in doubt. A shop makes a payment, sends the payer to it, and asks how it stands.
//!
//! # Take a payment
//!
//! ```no_run
//! use danpay_client::{Danpay, Error, IdempotencyKey, NewPayment, Payment, PaymentStatus};
//!
//! # fn store(_: &str, _: &Payment) {}
//! # fn ship(_: &Payment) {}
//! # fn release(_: &Payment) {}
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once, when your shop starts. Clones share their connections.
//! let api_key = std::env::var("DANPAY_API_KEY")?;
//! let danpay = Danpay::builder("https://pay.shop.example", api_key).build()?;
//! let shop = danpay.shop().await?;
//! println!("selling for {} ({})", shop.id, if shop.is_live() { "real money" } else { "test" });
//!
//! // 1. The customer presses the pay button. The key names this press, not the order.
//! let key: IdempotencyKey = "order-1001-attempt-1".parse()?;
//! let new = NewPayment::new("order-1001", "member-42", "초코파이", 2_200)
//!     .return_url("https://shop.example/orders/1001");
//! let payment = danpay.create(&key, &new).await?;
//! store("order-1001", &payment);
//! // Redirect the customer to payment.checkout_url.
//!
//! // 2. The customer is back at your return_url, or anybody who knows it: ask how it stands.
//! let payment = danpay.payment(&payment.id).await?;
//! match payment.status {
//!     PaymentStatus::Approved => ship(&payment),
//!     ref status if status.ended_unpaid() => release(&payment),
//!     _ => { /* not known yet: show "please wait", and ask again */ }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Customers close their browsers, so do not rely on step 2 alone. [`Danpay::events`] tells what became of
//! every payment, in an order in which none is passed over:
//!
//! ```no_run
//! # use danpay_client::{Danpay, Error, Event, EventId};
//! # fn last_handled() -> Option<EventId> { None }
//! # fn handle_and_store_id(_: &Event) {}
//! # async fn example(danpay: Danpay) {
//! let mut events = danpay.follow_events(last_handled().as_ref());
//! while let Some(event) = events.next().await {
//!     match event {
//!         // In one transaction of your database.
//!         Ok(event) => handle_and_store_id(&event),
//!         Err(error) => {
//!             eprintln!("danpay's events: {error}");
//!             tokio::time::sleep(std::time::Duration::from_secs(5)).await;
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! # Give money back
//!
//! One key for one decision to refund. Store it before you send it: whatever happens, ask again with the same
//! key, and the money goes back once.
//!
//! ```no_run
//! # use danpay_client::{Danpay, Error, IdempotencyKey, NewCancellation, PaymentId};
//! # async fn example(danpay: Danpay, id: PaymentId) -> Result<(), Box<dyn std::error::Error>> {
//! let key: IdempotencyKey = "order-1001-refund-1".parse()?;
//! let half = NewCancellation::part(1_100).expected_left(2_200).reason("품절");
//! let canceled = danpay.cancel(&id, &key, &half).await?;
//! if canceled.is_done() {
//!     println!("{} KRW are left", canceled.payment.cancel_available_amount.total);
//! } else {
//!     // Not known yet. danpay settles it by itself; ask again with the same key.
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What each failure means
//!
//! The client repeats a failed call for a while ([`Retries`]), always with the same key. If it still fails,
//! [`Error::outcome`] says what is certain:
//!
//! | [`Outcome`] | what is certain | what to do |
//! |---|---|---|
//! | [`NotSent`](Outcome::NotSent) | danpay has not received it, nothing has happened | the same call later, with the same key |
//! | [`Refused`](Outcome::Refused) | danpay has refused, this call has done nothing | what [`Error::code`] says |
//! | [`Unknown`](Outcome::Unknown) | it may have happened, or may still happen | the same call again with **the same key**, or read the payment |
//!
//! [`Error::is_retryable`] says whether the same call may succeed later, and [`Error::retry_after`] how long to
//! wait.
//!
//! ```no_run
//! # use danpay_client::{Danpay, IdempotencyKey, NewPayment, Outcome, ProblemCode};
//! # async fn example(danpay: Danpay, key: IdempotencyKey, new: NewPayment) {
//! match danpay.create(&key, &new).await {
//!     Ok(payment) => { /* redirect to payment.checkout_url */ }
//!     Err(error) => match (error.outcome(), error.code()) {
//!         (_, Some(ProblemCode::OrderAlreadyPaid)) => { /* show the order: it is paid */ }
//!         (Outcome::Refused, _) if !error.is_retryable() => { /* a person has to look: log it */ }
//!         _ => { /* "please try again": the button sends the same key */ }
//!     },
//! }
//! # }
//! ```
//!
//! # What the client promises
//!
//! - One logical call has one key, kept over its retries. What an attempt left in doubt is
//!   [`Unknown`](Outcome::Unknown), also if the last attempt was refused.
//! - New fields and new words do not break it. A word that this version does not know is `Other`.
//! - The API key shows in no Debug, no error and no address. It goes to https addresses, to this machine, and
//!   elsewhere only with [`Builder::allow_http`]. No redirect is followed and no proxy of the environment is
//!   used.
//! - Amounts are whole KRW (`i64`). Times are [`jiff::Timestamp`]s.
//! - TLS is rustls with *ring* and the system's root certificates. The process's default is left alone.
//!
//! It needs a Tokio runtime.

#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

mod api_key;
mod builder;
mod cancellation;
mod client;
mod error;
mod event;
mod filter;
mod http;
mod id;
mod idempotency_key;
mod list;
mod new_payment;
mod open_enum;
mod payment;
mod problem;
mod retry;
mod shop;

pub use api_key::ApiKey;
pub use builder::{Builder, ConfigError};
pub use cancellation::{Canceled, Cancellation, CancellationStatus, NewCancellation, PartAmount};
pub use client::Danpay;
pub use error::{Error, Outcome};
pub use event::{Event, EventType};
pub use filter::PaymentFilter;
pub use id::{CancellationId, EventId, PaymentId, ShopId};
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use list::List;
pub use new_payment::NewPayment;
pub use payment::{
    Amount, Approval, CardInfo, Failure, KakaoPayFailure, Payment, PaymentMethod, PaymentStatus,
};
pub use problem::{FieldError, Problem, ProblemCode};
pub use retry::Retries;
pub use shop::{Account, KeyInfo, Role, Shop};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
