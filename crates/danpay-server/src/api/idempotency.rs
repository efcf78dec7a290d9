//! The `Idempotency-Key` header (the IETF draft's name, Stripe's meaning).

use danpay_core::InvalidField;
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::flow::Key;
use crate::limits::IDEMPOTENCY_KEY_CHARS;

const HEADER: &str = "idempotency-key";

/// The request's key, with the hash of what it asks for.
pub(super) fn read(headers: &HeaderMap, route: &str, body: &[u8]) -> Result<Option<Key>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refuse = |message: &str, message_ko: &str| {
        Err(Problem::fields(vec![InvalidField::new(
            "Idempotency-Key",
            message,
            message_ko,
        )]))
    };
    if values.next().is_some() {
        return refuse("must be sent once", "한 번만 보내야 합니다");
    }
    let key = value.to_str().unwrap_or_default().trim();
    // The IETF draft writes the key as a quoted string, most clients without the quotes.
    let key = key
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(key);
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS {
        return refuse(
            "must have 1 to 255 visible ASCII characters, such as a UUID",
            "UUID 같은 1~255자의 ASCII 문자여야 합니다",
        );
    }
    let mut hash = Sha256::new();
    hash.update(route);
    hash.update([0]);
    hash.update(body);
    Ok(Some(Key {
        key: key.to_owned(),
        request_hash: hash.finalize().into(),
    }))
}
