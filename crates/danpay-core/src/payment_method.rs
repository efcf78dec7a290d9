//! By what a shop lets an order be paid, where it does not leave that to the payer.
//!
//! **Invariant**: whatever exists of these can be sent to KakaoPay's ready.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::InvalidField;

/// One of KakaoPay's two ways to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PaymentMethod {
    /// A card.
    Card,
    /// KakaoPay money (카카오페이머니).
    Money,
}

impl fmt::Display for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Card => "CARD",
            Self::Money => "MONEY",
        })
    }
}

/// KakaoPay's code of a card issuer, such as `SHINHAN`. Which of them a shop may name is between it
/// and KakaoPay, which adds issuers by agreement; so the form alone is checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardIssuer(String);

impl CardIssuer {
    const MAX: usize = 20;

    /// The code itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CardIssuer {
    type Error = InvalidField;

    fn try_from(code: String) -> Result<Self, InvalidField> {
        let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if (1..=Self::MAX).contains(&code.len()) && code.bytes().all(is_code) {
            Ok(Self(code))
        } else {
            Err(InvalidField::new(
                "available_cards",
                "must be KakaoPay's code of a card issuer in capital letters, such as SHINHAN, KB or \
                 WOORIONLY",
                "SHINHAN, KB, WOORIONLY처럼 대문자로 쓴 카카오페이 카드사 코드여야 합니다",
            ))
        }
    }
}

impl From<CardIssuer> for String {
    fn from(issuer: CardIssuer) -> Self {
        issuer.0
    }
}

/// The card issuers an order may be paid with: at least one. Their order means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<CardIssuer>", into = "BTreeSet<CardIssuer>")]
pub struct AvailableCards(BTreeSet<CardIssuer>);

impl AvailableCards {
    /// More than there are card issuers in Korea.
    pub const MAX: usize = 50;

    /// Each of them once.
    pub fn issuers(&self) -> impl Iterator<Item = &CardIssuer> {
        self.0.iter()
    }
}

impl TryFrom<BTreeSet<CardIssuer>> for AvailableCards {
    type Error = InvalidField;

    fn try_from(cards: BTreeSet<CardIssuer>) -> Result<Self, InvalidField> {
        let max = Self::MAX;
        if (1..=max).contains(&cards.len()) {
            Ok(Self(cards))
        } else {
            Err(InvalidField::new(
                "available_cards",
                format!("must name 1 to {max} card issuers; leave it out to allow every one"),
                format!("카드사를 1~{max}개 적어야 합니다. 모두 허용하려면 빼 주세요"),
            ))
        }
    }
}

impl From<AvailableCards> for BTreeSet<CardIssuer> {
    fn from(cards: AvailableCards) -> Self {
        cards.0
    }
}

/// The months of an instalment that is fixed: 0 (at once) to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct InstallMonth(u8);

impl InstallMonth {
    /// The longest instalment that KakaoPay takes.
    pub const MAX: u8 = 12;

    /// How many months.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for InstallMonth {
    type Error = InvalidField;

    fn try_from(months: i64) -> Result<Self, InvalidField> {
        let max = Self::MAX;
        let months = u8::try_from(months).ok().filter(|months| *months <= max);
        months.map(Self).ok_or_else(|| {
            InvalidField::new(
                "install_month",
                format!("must be from 0 (at once) to {max}"),
                format!("0(일시불) 이상 {max} 이하여야 합니다"),
            )
        })
    }
}

impl From<InstallMonth> for i64 {
    fn from(months: InstallMonth) -> Self {
        months.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kakaopay_takes_is_taken() {
        for months in [0, 3, 12] {
            assert_eq!(i64::from(InstallMonth::try_from(months).unwrap()), months);
        }
        for months in [-1, 13, 256, i64::MAX] {
            assert!(InstallMonth::try_from(months).is_err(), "{months}");
        }
        for code in ["SHINHAN", "KB", "SUHYUP", "A1"] {
            assert!(CardIssuer::try_from(code.to_owned()).is_ok(), "{code}");
        }
        for code in ["", "shinhan", "신한", "K B", "ABCDEFGHIJKLMNOPQRSTU"] {
            assert!(CardIssuer::try_from(code.to_owned()).is_err(), "{code}");
        }
        for method in [PaymentMethod::Card, PaymentMethod::Money] {
            let text = serde_json::to_string(&method).unwrap();
            assert_eq!(text, format!("\"{method}\""));
        }
    }

    #[test]
    fn cards_in_any_order_are_the_same_cards_and_no_card_is_none() {
        let read = serde_json::from_str::<AvailableCards>;
        assert_eq!(
            read(r#"["KB","BC"]"#).unwrap(),
            read(r#"["BC","KB","BC"]"#).unwrap()
        );
        let error = read("[]").unwrap_err().to_string();
        assert!(error.contains("leave it out"), "{error}");
    }
}
