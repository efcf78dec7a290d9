//! What an answer other than 200 proves about the call.
//! Invariant: pure, and *Refused* or *Setup* only where the answer proves that this call did
//! nothing and will do nothing; whatever is not known to be proof is `Unknown`.

use crate::{
    ApiEndpoint, ApiError, Proof,
    error_code::{ErrorClass, ErrorCodeInfo, describe},
};

/// Results of a bank or card company that leave the payment in doubt. The first two are KakaoPay's
/// own words; 9999 was seen as a catch-all beside -701, so we take it for no proof.
const DOUBTFUL_METHOD_RESULTS: [&str; 3] = ["USER_LOCKED", "BANK_FIRM_UNKNOWN", "9999"];

/// A parameter is wrong; the TID does not exist. A call about a payment gets them with the key or
/// the merchant code of somebody else as well, for all we know, so they are no word about it.
const LIKE_SETUP: [i32; 2] = [-2, -721];

/// What `error`, answered by `endpoint`, proves.
pub(crate) fn classify(endpoint: ApiEndpoint, error: &ApiError) -> Proof {
    let info = error.error_code.and_then(describe);
    proof(
        endpoint,
        error.http_status,
        info,
        error.method_result_code(),
    )
}

/// What a status and a documented code, if there was one, prove together.
pub(crate) fn proof(
    endpoint: ApiEndpoint,
    http_status: u16,
    info: Option<&ErrorCodeInfo>,
    method_result: Option<&str>,
) -> Proof {
    match (http_status, info) {
        // Turned away for quota before anything was executed.
        (429, _) => Proof::NotExecuted,
        (400..500, Some(info)) if info.class == ErrorClass::Quota => Proof::NotExecuted,
        // The gateway let nothing through, whatever it wrote or did not write into the body.
        (401 | 403, _) => Proof::Setup,
        (400..500, Some(info)) => refused(endpoint, info, method_result),
        // Announcing and looking up have no effect, so a refusal is a refusal.
        (400..500, None) if !endpoint.moves_money() => Proof::Refused,
        // A 5xx, a redirect, a 200 without proof: something answered, nothing is proven.
        _ => Proof::Unknown,
    }
}

fn refused(endpoint: ApiEndpoint, info: &ErrorCodeInfo, method_result: Option<&str>) -> Proof {
    if LIKE_SETUP.contains(&info.code) && endpoint != ApiEndpoint::Ready {
        return Proof::Setup;
    }
    match info.class {
        ErrorClass::Setup => Proof::Setup,
        ErrorClass::Request
        | ErrorClass::NotYet
        | ErrorClass::Expired
        | ErrorClass::Payer
        | ErrorClass::Refused => Proof::Refused,
        ErrorClass::Quota => Proof::NotExecuted,
        ErrorClass::InDoubt | ErrorClass::Method if !endpoint.moves_money() => Proof::Refused,
        ErrorClass::InDoubt => Proof::Unknown,
        ErrorClass::Method => match method_result {
            Some(code) if !DOUBTFUL_METHOD_RESULTS.contains(&code) => Proof::Refused,
            _ => Proof::Unknown,
        },
    }
}

#[cfg(test)]
mod tests;
