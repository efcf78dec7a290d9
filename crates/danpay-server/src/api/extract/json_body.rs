//! A body in JSON. What is not JSON is named as what it is; of what does not fit, everything is named.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, StatusCode, header};

use crate::api::json::{self, Malformed, Object};
use crate::http::{Code, Problem};
use crate::limits::BODY_BYTES;

/// What is read of a JSON object.
pub(in crate::api) trait FromJson: Sized {
    /// What to send where nothing came, in English and Korean.
    const INSTEAD_OF_NOTHING: [&str; 2] = ["Send a JSON object.", "JSON 객체를 보내 주세요."];

    /// Asks for each member. Nothing, if there is an error.
    fn from_json(object: &mut Object<'_>) -> Option<Self>;
}

/// What was read of a body. JSON is taken whatever `Content-Type` says of it.
pub(in crate::api) struct JsonBody<T>(pub(in crate::api) T);

impl<S: Send + Sync, T: FromJson> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let says_form = says_form(request.headers());
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| unreadable(&rejection))?;
        read(&bytes, says_form).map(Self)
    }
}

/// Reads a body. `says_form`: its `Content-Type` calls it a form.
pub(in crate::api) fn read<T: FromJson>(bytes: &[u8], says_form: bool) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        let [send, send_ko] = T::INSTEAD_OF_NOTHING;
        return Err(Problem::new(
            Code::BodyMissing,
            format!("There is no body. {send}"),
            format!("본문이 없습니다. {send_ko}"),
        ));
    }
    let text = text(bytes)?;
    let json = json::parse(text).map_err(|malformed| {
        if says_form || looks_like_form(text) {
            not_json(
                "it is a form (a=b). Send a JSON object",
                "폼(a=b) 형식입니다. JSON 객체로 보내 주세요",
            )
        } else {
            let Malformed {
                message,
                message_ko,
            } = malformed;
            not_json(&message, &message_ko)
        }
    })?;
    json::read(&json, T::from_json).map_err(Problem::fields)
}

fn text(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(not_json(
            "it begins with a byte order mark (BOM). Send UTF-8 without one",
            "맨 앞에 BOM(바이트 순서 표시)이 있습니다. BOM 없는 UTF-8로 보내 주세요",
        ));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(not_json(
            "it is UTF-16. Send UTF-8",
            "UTF-16으로 인코딩되어 있습니다. UTF-8로 보내 주세요",
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to() + 1;
        not_json(
            &format!("it is not UTF-8 from byte {place} on. It may be EUC-KR (CP949); send UTF-8"),
            &format!(
                "{place}번째 바이트부터 UTF-8이 아닙니다. EUC-KR(CP949)로 보낸 것은 아닌지 확인하고 \
                 UTF-8로 보내 주세요"
            ),
        )
    })
}

fn says_form(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE);
    let said = said
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let said = said.trim_start().to_ascii_lowercase();
    said.starts_with("application/x-www-form-urlencoded") || said.starts_with("multipart/form-data")
}

/// `order_id=1&…`, which is also what clients send that take an object for a form.
fn looks_like_form(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name);
    let of_name = |char: char| char.is_ascii_alphanumeric() || "_-.[]%+".contains(char);
    name.starts_with(|char: char| char.is_ascii_alphanumeric()) && name.chars().all(of_name)
}

fn not_json(why: &str, why_ko: &str) -> Problem {
    Problem::new(
        Code::MalformedJson,
        format!("The body is not JSON: {why}."),
        format!("본문이 올바른 JSON이 아닙니다: {why_ko}."),
    )
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(
            Code::BodyTooLarge,
            format!("The body has more than {BODY_BYTES} bytes."),
            format!("본문이 {BODY_BYTES}바이트를 넘습니다."),
        )
    } else {
        Problem::new(
            Code::BodyUnreadable,
            "The body ended before it was complete.",
            "본문이 끝까지 도착하지 않았습니다.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_told_from_broken_json() {
        for form in [
            "a=b",
            "order_id=1&amount[total]=2200",
            "order_id=",
            "a%5Bb%5D=c",
        ] {
            assert!(looks_like_form(form), "{form}");
        }
        for other in [
            "",
            "=",
            "{\"a\"=1}",
            "{a=1}",
            "order id=1",
            "<a href=\"b\">",
            "\"a=b\"",
        ] {
            assert!(!looks_like_form(other), "{other}");
        }
    }
}
