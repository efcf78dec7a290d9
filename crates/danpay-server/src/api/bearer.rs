//! The API key of a request, or why it has none that could be one.

use http::{HeaderMap, header};
use secrecy::SecretString;

use crate::keys::{PREFIX, is_well_formed};

/// Why a request has no key that opens the door, in English and Korean. It never repeats what came:
/// that may be a key, ours or somebody else's.
pub(super) type NoKey = [&'static str; 2];

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
pub(super) const UNKNOWN: NoKey = [
    "The API key is well-formed but not known here: it was revoked, or is another server's.",
    "API 키의 형식은 맞지만 이 서버에 없는 키입니다. 폐기되었거나 다른 서버의 키입니다.",
];
pub(super) const REVOKED: NoKey = ["The API key was revoked.", "폐기된 API 키입니다."];
pub(super) const EXPIRED: NoKey = ["The API key has expired.", "만료된 API 키입니다."];

/// The key, if the request has one of the right form.
pub(super) fn bearer(headers: &HeaderMap) -> Result<SecretString, NoKey> {
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
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::keys::new_api_key;

    #[test]
    fn what_is_no_key_is_told_apart_and_never_repeated() {
        let key = new_api_key().unwrap();
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
}
