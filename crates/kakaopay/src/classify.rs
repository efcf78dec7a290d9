//! What an answer other than 200 proves about the call.
//! Invariant: pure, and *Rejected* only where the answer proves that this call did nothing and
//! will do nothing; whatever is not known to be proof is `Unknown`.

use crate::{
    Endpoint, Outcome,
    error::ApiError,
    error_code::{ErrorClass, describe},
};

/// Results of a bank or card company that leave the payment in doubt. The first two are KakaoPay's
/// own words; 9999 was seen as a catch-all beside -701, so we take it for no proof.
const DOUBTFUL_METHOD_RESULTS: [&str; 3] = ["USER_LOCKED", "BANK_FIRM_UNKNOWN", "9999"];

/// What `error`, answered by `endpoint`, proves.
pub(crate) fn classify(endpoint: Endpoint, error: &ApiError) -> Outcome {
    let class = error.error_code.and_then(describe).map(|info| info.class);
    match (error.http_status, class) {
        // Turned away for quota before anything was executed.
        (429, _) | (400..500, Some(ErrorClass::Quota)) => Outcome::NotSent,
        // The gateway let nothing through, whatever it wrote or did not write into the body.
        (401 | 403, _) => Outcome::Rejected,
        (400..500, Some(class)) => refused(endpoint, class, error),
        // Announcing and looking up have no effect, so a refusal is a refusal.
        (400..500, None) if !endpoint.moves_money() => Outcome::Rejected,
        // A 5xx, a redirect, a 200 without proof: something answered, nothing is proven.
        _ => Outcome::Unknown,
    }
}

fn refused(endpoint: Endpoint, class: ErrorClass, error: &ApiError) -> Outcome {
    match class {
        ErrorClass::Setup
        | ErrorClass::Request
        | ErrorClass::NotYet
        | ErrorClass::Expired
        | ErrorClass::Payer
        | ErrorClass::Refused => Outcome::Rejected,
        ErrorClass::Quota => Outcome::NotSent,
        ErrorClass::InDoubt | ErrorClass::Method if !endpoint.moves_money() => Outcome::Rejected,
        ErrorClass::InDoubt => Outcome::Unknown,
        ErrorClass::Method => match error.method_result_code() {
            Some(code) if !DOUBTFUL_METHOD_RESULTS.contains(&code) => Outcome::Rejected,
            _ => Outcome::Unknown,
        },
    }
}

#[cfg(test)]
mod tests;
