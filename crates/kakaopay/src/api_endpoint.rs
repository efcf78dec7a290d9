//! The calls of KakaoPay's online payment API, current generation.
//! Invariant: this is the only place that knows the paths.

use std::fmt;

/// One call of the API. Every one is a POST of JSON.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ApiEndpoint {
    /// Announces a payment and gives the addresses to send the payer to.
    Ready,
    /// Takes the money after the payer has authenticated.
    Approve,
    /// Looks a payment up.
    Order,
    /// Gives money back, in whole or in part.
    Cancel,
}

impl ApiEndpoint {
    /// The path under the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Ready => "/online/v1/payment/ready",
            Self::Approve => "/online/v1/payment/approve",
            Self::Order => "/online/v1/payment/order",
            Self::Cancel => "/online/v1/payment/cancel",
        }
    }

    /// KakaoPay's word for the call, such as `approve`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Approve => "approve",
            Self::Order => "order",
            Self::Cancel => "cancel",
        }
    }

    /// Whether the call can move money, so that an unclear answer leaves money in doubt.
    pub fn moves_money(self) -> bool {
        matches!(self, Self::Approve | Self::Cancel)
    }
}

impl fmt::Display for ApiEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
