//! Until when KakaoPay takes cancellations of a payment, as far as that is known.
//!
//! **Invariant**: it is told and nothing is refused for it. KakaoPay has published no period; aggregators
//! write of one in their help pages, and KakaoPay decides.

use danpay_core::Approval;
use danpay_core::timing::KOREA;
use jiff::{Timestamp, ToSpan as _};

/// A year after a card was charged, five years after money was. Not known of anything else.
pub(crate) fn refundable_until(approval: &Approval) -> Option<Timestamp> {
    let period = match approval.payment_method_type.as_deref()? {
        "CARD" => 1.year(),
        "MONEY" => 5.years(),
        _ => return None,
    };
    let approved_at = KOREA.to_datetime(approval.approved_at?);
    let until = approved_at.checked_add(period).ok()?;
    KOREA.to_timestamp(until).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_told_of_the_methods_that_are_known() {
        let until = |method: Option<&str>, approved_at: Option<&str>| {
            let approval = Approval {
                aid: None,
                amount: danpay_core::Amount::default(),
                payment_method_type: method.map(str::to_owned),
                card_info: None,
                approved_at: approved_at.map(|at| at.parse().unwrap()),
                second_charge_of: None,
                corrected_from: None,
            };
            refundable_until(&approval).map(|until| until.to_string())
        };
        let at = Some("2026-09-21T14:14:22Z");
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(until(Some("CARD"), at), told("2027-09-21T14:14:22Z"));
        assert_eq!(until(Some("MONEY"), at), told("2031-09-21T14:14:22Z"));
        // The last day of February in Korea, which the next year does not have.
        let leap = Some("2028-02-28T15:00:00Z");
        assert_eq!(until(Some("CARD"), leap), told("2029-02-27T15:00:00Z"));
        for (method, at) in [(Some("POINT"), at), (None, at), (Some("CARD"), None)] {
            assert_eq!(until(method, at), None);
        }
        let last = Timestamp::MAX.to_string();
        assert_eq!(until(Some("CARD"), Some(last.as_str())), None);
    }
}
