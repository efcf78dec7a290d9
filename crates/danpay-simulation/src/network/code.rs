//! KakaoPay's documented codes, as answers to any call.
//!
//! **Invariant**: which of them KakaoPay may give although the call took effect is read here anew from
//! its documentation: danpay's own table of what a code proves is not asked.

use kakaopay::{ApiEndpoint as Endpoint, TransportResponse as Response};
use kakaopay_sandbox::ERROR_CODES;

use crate::chance::Chance;
use crate::kakaopay::refusal;

/// "Internal error", maintenance, "approved already", "not possible in this state", "duplicate".
const TELL_NOTHING: [i32; 8] = [-1, -500, -503, -9798, -702, -783, -784, -785];
/// The approval, the cancellation, the subscription's charge has failed at the bank or card company.
const BY_METHOD: [i32; 3] = [-780, -781, -782];
/// What is left there is another amount: the answer to a cancellation that came twice on its way.
const LEFT_DIFFERS: [i32; 3] = [-710, -711, -722];

/// Results of a bank or card company. The first two are a no, the others are none.
const RESULTS: [&str; 5] = [
    "8008",
    "CARD_REFUSED",
    "USER_LOCKED",
    "BANK_FIRM_UNKNOWN",
    "9999",
];

/// One of all, in the place of what a call would have done.
pub(super) fn instead(chance: &Chance) -> (i32, Response) {
    let (code, _) = chance.in_turn(ERROR_CODES).copied().unwrap_or_default();
    let result = if BY_METHOD.contains(&code) {
        chance.pick(&RESULTS).copied().filter(|_| chance.is(800))
    } else {
        None
    };
    (code, refusal(code, result))
}

/// One of those that a call may be answered with although it took effect.
pub(super) fn beside(endpoint: Endpoint, chance: &Chance) -> (i32, Response) {
    let mut codes = [TELL_NOTHING.as_slice(), &BY_METHOD].concat();
    if endpoint == Endpoint::Cancel {
        codes.extend(LEFT_DIFFERS);
    }
    let code = chance.pick(&codes).copied().unwrap_or_default();
    let doubtful = RESULTS.get(2..).unwrap_or_default();
    let result = if BY_METHOD.contains(&code) {
        chance.pick(doubtful).copied().filter(|_| chance.is(800))
    } else {
        None
    };
    (code, refusal(code, result))
}
