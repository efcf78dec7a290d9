//! The `Idempotency-Key` header (the IETF draft's name, Stripe's meaning).
//!
//! **Invariant**: a key is taken as it is written, but for the quotes around it, or not at all.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use danpay_core::InvalidField;
use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value};

use crate::api::idempotency::{Route, hash};
use crate::flow::Key;
use crate::http::{Code, Problem};
use crate::limits::IDEMPOTENCY_KEY_CHARS;

const HEADER: &str = "idempotency-key";

/// The key of a request, if it has one, and where the request goes.
pub(in crate::api) struct IdempotencyKey {
    key: Option<String>,
    route: Route,
}

impl IdempotencyKey {
    /// Refuses a request that moves money back without one.
    pub(in crate::api) fn required(&self) -> Result<(), Problem> {
        if self.key.is_some() {
            return Ok(());
        }
        Err(Problem::new(
            Code::IdempotencyKeyMissing,
            "Send an Idempotency-Key of your own for each decision to refund, stored before the \
             request: HTTP clients repeat requests by themselves, and without a key each would go \
             back. Nothing has happened.",
            "환불 결정마다 고유한 Idempotency-Key를 먼저 저장하고 함께 보내 주세요. HTTP 클라이언트는 \
             요청을 스스로 다시 보내기도 하는데, 키가 없으면 그때마다 환불됩니다. 이 요청은 \
             처리되지 않았습니다.",
        ))
    }

    /// The key with what is asked for under it: the route, and the members that say more than it.
    pub(in crate::api) fn of(self, members: Map<String, Value>) -> Option<Key> {
        let Self { key, route } = self;
        key.map(|key| Key {
            key,
            request_hash: hash(&route, members),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let key = key(&parts.headers).map_err(|error| Problem::fields(vec![error]))?;
        let path = MatchedPath::from_request_parts(parts, state).await;
        let path = path.map_err(|error| Problem::internal(&error))?;
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        // What cannot be read names nothing.
        let parameters = parameters.map_err(|_| Problem::not_found())?;
        let route = Route::new(parts.method.as_str(), path.as_str(), &parameters);
        Ok(Self { key, route })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, InvalidField> {
    let refuse = |message: &str, message_ko: &str| {
        Err(InvalidField::new("Idempotency-Key", message, message_ko))
    };
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return refuse("must be sent once", "한 번만 보내야 합니다");
    }
    let sent = String::from_utf8_lossy(value.as_bytes());
    if let Some(char) = sent.chars().find(|char| !char.is_ascii()) {
        return refuse(
            &format!("must have ASCII characters only, such as a UUID, and has `{char}`"),
            &format!("UUID처럼 ASCII 문자만 있어야 하는데 `{char}` 문자가 있습니다"),
        );
    }
    // The IETF draft writes the key as a quoted string, most clients without the quotes.
    let key = sent
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(&sent);
    let length = key.len();
    if key.trim_ascii().is_empty() {
        refuse(
            "must not be empty; send a UUID for example, or leave the header out",
            "비어 있을 수 없습니다. UUID 같은 값을 보내거나 헤더를 빼 주세요",
        )
    } else if key.trim_ascii().len() != length {
        refuse(
            "must not begin or end with a space",
            "앞뒤에 공백이 있으면 안 됩니다",
        )
    } else if key.bytes().any(|byte| byte.is_ascii_control()) {
        refuse(
            "must have visible characters only, and has a control character such as a tab",
            "보이는 문자만 있어야 하는데 탭 같은 제어 문자가 있습니다",
        )
    } else if length > IDEMPOTENCY_KEY_CHARS {
        refuse(
            &format!("must have at most {IDEMPOTENCY_KEY_CHARS} characters, has {length}"),
            &format!("최대 {IDEMPOTENCY_KEY_CHARS}자여야 하는데 {length}자입니다"),
        )
    } else {
        Ok(Some(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Result<Option<String>, InvalidField> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        key(&headers)
    }

    #[test]
    fn a_key_is_taken_as_it_is_written() {
        assert_eq!(read(&[]), Ok(None));
        for good in ["order-1-1", "order 1 1", "a\"b", &"k".repeat(255)] {
            assert_eq!(read(&[good.as_bytes()]), Ok(Some(good.to_owned())));
        }
        assert_eq!(read(&[b"\"quoted\""]), Ok(Some("quoted".to_owned())));
    }

    #[test]
    fn a_key_that_cannot_be_taken_is_named_as_what_it_is() {
        let long = "k".repeat(256);
        let cases: [(&[&[u8]], &str, &str); 9] = [
            (&[b""], "empty", "비어"),
            (&[b"\"\""], "empty", "비어"),
            (&[b"a", b"b"], "once", "한 번만"),
            (&["주문-1".as_bytes()], "has `주`", "`주` 문자"),
            (&[b"\xC1\xD6"], "ASCII", "ASCII"),
            (&[b"a\tb"], "control", "제어 문자"),
            (&[b" a"], "begin or end", "앞뒤"),
            (&[b"\"a \""], "begin or end", "앞뒤"),
            (
                &[long.as_bytes()],
                "at most 255 characters, has 256",
                "256자입니다",
            ),
        ];
        for (sent, message, message_ko) in cases {
            let error = read(sent).unwrap_err();
            assert_eq!(error.field, "Idempotency-Key");
            assert!(error.message.contains(message), "{error}");
            assert!(
                error.message_ko.contains(message_ko),
                "{}",
                error.message_ko
            );
        }
    }
}
