//! A typed client of KakaoPay's online payment API (카카오페이 단건 결제).
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
mod field;
mod http_transport;
mod identifier;
mod lenient;
mod open_enum;
mod order;
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
pub use ready::{ReadyRequest, ReadyResponse, RedirectUrls};
pub use secret::{CidSecret, PgToken, SecretKey};
pub use status::{CardIssuer, OrderStatus, PaymentActionType, PaymentMethodType};
pub use time::{InvalidTime, KstDateTime};
pub use transport::{Request, Response, Sending, Transport, TransportError};
