//! API keys: `danpay_sk_`, 52 characters of randomness and 6 of checksum.
//!
//! **Invariant**: a key is shown once, when it is made; the books hold its SHA-256 alone. Keys are
//! random, so a plain hash suffices, and looking it up by the hash leaks no time.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clock::{Entropy, NoRandomness};
use crate::flow::FlowError;
use crate::http::Problem;

const PREFIX: &str = "danpay_sk_";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CHECKSUM_CHARS: usize = 6;

/// A new key. The checksum lets scanners and us tell a key from a typing mistake offline.
pub(crate) fn generate(entropy: &Entropy) -> Result<SecretString, NoRandomness> {
    let secret = base32(&entropy.bytes::<32>()?);
    Ok(format!("{PREFIX}{secret}{}", checksum(&secret)).into())
}

pub(crate) fn hash(key: &SecretString) -> [u8; 32] {
    Sha256::digest(key.expose_secret().as_bytes()).into()
}

fn is_well_formed(key: &str) -> bool {
    key.strip_prefix(PREFIX)
        .and_then(|rest| rest.split_at_checked(rest.len().saturating_sub(CHECKSUM_CHARS)))
        .is_some_and(|(secret, sum)| checksum(secret) == sum)
}

fn checksum(secret: &str) -> String {
    base32(&Sha256::digest(secret.as_bytes()))
        .chars()
        .take(CHECKSUM_CHARS)
        .collect()
}

/// RFC 4648 in lower case, without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        let byte = bytes.get(index / 8).copied().unwrap_or(0);
        usize::from(byte >> (7 - index % 8) & 1)
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|start| {
            let digit = (start..start + 5).fold(0, |digit, index| digit << 1 | bit(index));
            ALPHABET.get(digit).map(|letter| char::from(*letter))
        })
        .collect()
}

/// Why a request has no key that opens the door, in English and Korean. It never repeats what came:
/// that may be a key, ours or somebody else's.
type NoKey = [&'static str; 2];

const NO_HEADER: NoKey = [
    "There is no Authorization header.",
    "Authorization 헤더가 없습니다.",
];
const BASIC: NoKey = [
    "The Authorization header is of the scheme Basic, not Bearer.",
    "Authorization 헤더가 Bearer가 아니라 Basic 방식입니다.",
];
const KAKAOPAYS: NoKey = [
    "The Authorization header is of KakaoPay's scheme; danpay has keys of its own.",
    "Authorization 헤더가 카카오페이 방식입니다. danpay는 danpay의 API 키를 받습니다.",
];
const NOT_BEARER: NoKey = [
    "The Authorization header does not begin with `Bearer` and a space.",
    "Authorization 헤더가 `Bearer`와 공백으로 시작하지 않습니다.",
];
const NOT_A_KEY: NoKey = [
    "What follows `Bearer` is no API key of danpay's: those begin with danpay_sk_.",
    "`Bearer` 뒤의 값이 danpay의 API 키가 아닙니다. danpay의 API 키는 danpay_sk_로 시작합니다.",
];
const MISTYPED: NoKey = [
    "The API key is mistyped or cut off: its checksum is wrong.",
    "API 키가 잘렸거나 잘못 입력되었습니다. 체크섬이 맞지 않습니다.",
];
const UNKNOWN: NoKey = [
    "The API key is well-formed but not known here: it was revoked, or is another server's.",
    "API 키의 형식은 맞지만 이 서버에 없는 키입니다. 폐기되었거나 다른 서버의 키입니다.",
];

/// Lets a request pass that has a stored key.
pub(super) async fn require(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = match bearer(request.headers()) {
        Ok(key) => key,
        Err(why) => return Problem::unauthorized(why).into_response(),
    };
    match app.flow.store.has_api_key(hash(&key)).await {
        Ok(true) => next.run(request).await,
        Ok(false) => Problem::unauthorized(UNKNOWN).into_response(),
        Err(error) => Problem::from(FlowError::from(error)).into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Result<SecretString, NoKey> {
    let value = headers.get(header::AUTHORIZATION).ok_or(NO_HEADER)?;
    let value = value.to_str().map_err(|_| NOT_BEARER)?;
    let (scheme, key) = value.split_once(' ').ok_or(NOT_BEARER)?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => {}
        "basic" => return Err(BASIC),
        "secret_key" | "dev_secret_key" | "kakaoak" => return Err(KAKAOPAYS),
        _ => return Err(NOT_BEARER),
    }
    let key = key.trim();
    if is_well_formed(key) {
        Ok(key.into())
    } else if key.starts_with(PREFIX) {
        Err(MISTYPED)
    } else {
        Err(NOT_A_KEY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_rfc() {
        let cases = [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foobar", "mzxw6ytboi"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_key_is_well_formed_and_a_mistyped_one_is_not() {
        let key = generate(&Entropy::system()).unwrap();
        let key = key.expose_secret();
        assert_eq!(key.len(), PREFIX.len() + 52 + CHECKSUM_CHARS);
        assert!(is_well_formed(key));
        let last = if key.ends_with('a') { "b" } else { "a" };
        let mistyped = [key.get(..key.len() - 1).unwrap(), last].concat();
        for bad in ["", "danpay_sk_", "한글", &mistyped, &key.to_uppercase()] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart_and_never_repeated() {
        let key = generate(&Entropy::system()).unwrap();
        let key = key.expose_secret();
        let why = |value: &str| {
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, value)])).unwrap_err()
        };
        assert_eq!(bearer(&HeaderMap::new()).unwrap_err(), NO_HEADER);
        assert_eq!(why("Basic YTpi"), BASIC);
        assert_eq!(why("SECRET_KEY DEV123"), KAKAOPAYS);
        assert_eq!(why(key), NOT_BEARER);
        assert_eq!(why("Bearer"), NOT_BEARER);
        assert_eq!(why("Bearer 열쇠"), NOT_BEARER);
        assert_eq!(why("Bearer sk_live_1"), NOT_A_KEY);
        assert_eq!(why(&format!("Bearer {}", key.get(..60).unwrap())), MISTYPED);
        assert_eq!(why(&format!("bearer {key}x")), MISTYPED);
    }

    #[test]
    fn two_keys_differ() {
        let generate = || generate(&Entropy::system()).unwrap();
        assert_ne!(hash(&generate()), hash(&generate()));
    }
}
