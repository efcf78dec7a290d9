//! What the payer can pay with: KakaoPay money, or one of a few test cards.
//! Invariant: a test card says only what a real log or KakaoPay's documentation has shown.

use serde::{Deserialize, Serialize};

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

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Card {
    /// The name in forms, scripts and test ids.
    pub(crate) key: &'static str,
    /// KakaoPay's code for the company in `available_cards`.
    pub(crate) company: &'static str,
    pub(crate) name_ko: &'static str,
    pub(crate) name_en: &'static str,
    pub(crate) purchase_corp: &'static str,
    pub(crate) purchase_corp_code: &'static str,
    pub(crate) issuer_corp: &'static str,
    pub(crate) issuer_corp_code: &'static str,
    pub(crate) bin: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) mid: &'static str,
    pub(crate) item_code: &'static str,
}

pub(crate) static CARDS: [Card; 2] = [
    // Seen in a real log of the test CID (2024-07-30).
    Card {
        key: "shinhan",
        company: "SHINHAN",
        name_ko: "신한 신용카드",
        name_en: "Shinhan, credit",
        purchase_corp: "신한",
        purchase_corp_code: "701",
        issuer_corp: "신한",
        issuer_corp_code: "101",
        bin: "111111",
        kind: "신용",
        mid: "111111",
        item_code: "111111",
    },
    // The sample of KakaoPay's documentation; it shows no card_item_code.
    Card {
        key: "suhyup",
        company: "SUHYUP",
        name_ko: "수협은행 체크카드",
        name_en: "Suhyup Bank, check",
        purchase_corp: "비씨카드",
        purchase_corp_code: "104",
        issuer_corp: "수협은행",
        issuer_corp_code: "212",
        bin: "621640",
        kind: "체크",
        mid: "123456789",
        item_code: "",
    },
];

impl Card {
    pub(crate) fn is_check(&self) -> bool {
        self.kind == "체크"
    }
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
