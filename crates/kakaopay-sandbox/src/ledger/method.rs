//! What the payer can pay with: KakaoPay money, or one of a few test cards.
//! Invariant: a payment's method is one that its merchant lets the payer use.

use serde::{Deserialize, Serialize};

use super::card::{CARDS, Card};

/// Kept by its name, as forms and scripts know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub(crate) enum Method {
    Money,
    Card(&'static Card),
}

/// The kind alone, as a merchant may restrict it at ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MethodType {
    Money,
    Card,
}

impl Method {
    pub(crate) fn kind(self) -> MethodType {
        match self {
            Self::Money => MethodType::Money,
            Self::Card(_) => MethodType::Card,
        }
    }

    pub(crate) fn card(self) -> Option<&'static Card> {
        match self {
            Self::Money => None,
            Self::Card(card) => Some(card),
        }
    }

    /// `money`, or a card by its key.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == "money" {
            return Some(Self::Money);
        }
        CARDS.iter().find(|card| card.key == name).map(Self::Card)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Card(card) => card.key,
        }
    }
}

impl From<Method> for &'static str {
    fn from(method: Method) -> Self {
        method.name()
    }
}

impl TryFrom<String> for Method {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("there is no payment method {name:?}"))
    }
}

impl MethodType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Money => "MONEY",
            Self::Card => "CARD",
        }
    }
}
