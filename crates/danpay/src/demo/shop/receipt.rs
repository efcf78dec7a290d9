//! What the shop reads of a payment, and how it tells it to people.

use jiff::Timestamp;
use serde::Deserialize;

use super::PRICE;
use crate::operator::minute;

/// Of a payment, what the shop shows.
#[derive(Debug, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) order_id: String,
    pub(super) item_name: String,
    pub(super) quantity: u32,
    pub(super) amount: Amount,
    pub(super) cancel_available_amount: Amount,
    pub(super) tid: String,
    pub(super) aid: Option<String>,
    pub(super) payment_method_type: Option<String>,
    pub(super) card_info: Option<CardInfo>,
    pub(super) failure: Option<Failure>,
    pub(super) cancellations: Vec<Cancellation>,
    /// Until it has been paid, or cannot be any more.
    pub(super) checkout_url: Option<String>,
    created_at: Timestamp,
    pub(super) approved_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    pub(super) total: i64,
    tax_free: i64,
    vat: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct CardInfo {
    pub(super) kakaopay_issuer_corp: Option<String>,
    pub(super) card_corp_name: Option<String>,
    pub(super) card_type: Option<String>,
    pub(super) bin: Option<String>,
    pub(super) approved_id: Option<String>,
    pub(super) install_month: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) message_ko: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cancellation {
    pub(super) status: String,
    pub(super) amount: Amount,
    pub(super) failure: Option<Failure>,
    requested_at: Timestamp,
    canceled_at: Option<Timestamp>,
}

/// How the order stands, in words.
pub(super) struct Said {
    pub(super) tone: &'static str,
    pub(super) ko: &'static str,
    pub(super) en: &'static str,
    /// Not yet known: the page asks again by itself.
    pub(super) waits: bool,
}

impl Payment {
    pub(super) fn say(&self) -> Said {
        let (tone, ko, en) = match self.status.as_str() {
            _ if self.is_canceling() => {
                ("waiting", "취소를 확인하고 있습니다", "Checking the refund")
            }
            "ready" => (
                "waiting",
                "아직 결제되지 않았습니다",
                "You have not been charged yet",
            ),
            "approved" => ("good", "결제가 완료되었습니다", "Thank you, you have paid"),
            "partially_canceled" => ("calm", "일부 취소되었습니다", "Partly canceled"),
            "canceled" => ("calm", "모두 취소되었습니다", "Canceled"),
            "quit" | "failed" | "expired" | "withdrawn" => {
                ("bad", "결제되지 않았습니다", "You were not charged")
            }
            _ => (
                "waiting",
                "결제를 확인하고 있습니다",
                "Checking the payment",
            ),
        };
        Said {
            tone,
            ko,
            en,
            waits: tone == "waiting",
        }
    }

    /// Where the payer can go on paying.
    pub(super) fn to_pay(&self) -> Option<&str> {
        self.checkout_url
            .as_deref()
            .filter(|_| self.status == "ready")
    }

    /// Why the order was not paid.
    pub(super) fn reason(&self) -> Option<[&str; 2]> {
        match self.status.as_str() {
            "quit" => Some(["결제를 그만두셨습니다.", "You gave up the payment."]),
            "expired" => Some(["결제 시간이 지났습니다.", "The time to pay is over."]),
            "withdrawn" => Some([
                "상점이 결제를 취소했습니다.",
                "The shop has withdrawn the payment.",
            ]),
            _ => self.failure.as_ref().map(Failure::words),
        }
    }

    /// Why nothing went back the last time.
    pub(super) fn refusal(&self) -> Option<[&str; 2]> {
        self.cancellations
            .last()?
            .failure
            .as_ref()
            .map(Failure::words)
    }

    pub(super) fn is_over_unpaid(&self) -> bool {
        let ends = ["quit", "failed", "expired", "withdrawn"];
        ends.contains(&self.status.as_str())
    }

    fn is_canceling(&self) -> bool {
        self.cancellations.iter().any(|one| one.status == "pending")
    }

    /// Those by which money has gone back.
    pub(super) fn refunds(&self) -> impl Iterator<Item = &Cancellation> {
        self.cancellations.iter().filter(|one| one.status == "done")
    }

    /// Whether money can be given back now.
    pub(super) fn may_be_canceled(&self) -> bool {
        let paid = ["approved", "partially_canceled"].contains(&self.status.as_str());
        paid && !self.is_canceling() && self.cancel_available_amount.total > 0
    }

    /// A part to give back: one box, or half of the last one.
    pub(super) fn part(&self) -> Option<i64> {
        let left = self.cancel_available_amount.total;
        [PRICE, PRICE / 2].into_iter().find(|part| *part < left)
    }

    /// When it was paid; when it was ordered, as long as it is not.
    pub(super) fn time(&self) -> String {
        minute(self.approved_at.unwrap_or(self.created_at))
    }

    /// The method in Korean and English.
    pub(super) fn method(&self) -> Option<[&str; 2]> {
        Some(match self.payment_method_type.as_deref()? {
            "CARD" => ["카드", "Card"],
            "MONEY" => ["카카오페이머니", "KakaoPay Money"],
            other => [other, other],
        })
    }
}

impl Amount {
    pub(super) fn total(&self) -> String {
        grouped(self.total)
    }

    pub(super) fn vat(&self) -> String {
        grouped(self.vat)
    }

    pub(super) fn tax_free(&self) -> String {
        grouped(self.tax_free)
    }

    pub(super) fn is_partly_tax_free(&self) -> bool {
        self.tax_free > 0
    }
}

impl Cancellation {
    /// When it was done; when it was asked for, as long as it is not.
    pub(super) fn time(&self) -> String {
        minute(self.canceled_at.unwrap_or(self.requested_at))
    }
}

impl Failure {
    fn words(&self) -> [&str; 2] {
        [&self.message_ko, &self.message]
    }
}

impl CardInfo {
    /// The issuer, as approve's answer or a lookup names it.
    pub(super) fn issuer(&self) -> &str {
        let names = [&self.kakaopay_issuer_corp, &self.card_corp_name];
        let name = names.into_iter().flatten().next();
        name.map_or("", String::as_str)
    }

    /// Its kind in Korean and English.
    pub(super) fn kind(&self) -> [&str; 2] {
        match self.card_type.as_deref() {
            Some("신용") => ["신용카드", "credit card"],
            Some("체크") => ["체크카드", "check card"],
            other => [other.unwrap_or_default(); 2],
        }
    }

    /// In how many months it is paid, in Korean and English.
    pub(super) fn months(&self) -> Option<[String; 2]> {
        let months: u32 = self.install_month.as_ref()?.parse().ok()?;
        Some(if months <= 1 {
            ["일시불".to_owned(), "At once".to_owned()]
        } else {
            [format!("{months}개월"), format!("{months} months")]
        })
    }
}

/// `2200` as `2,200`.
pub(super) fn grouped(won: i64) -> String {
    let digits = won.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        // The digits of a number are ASCII.
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}
