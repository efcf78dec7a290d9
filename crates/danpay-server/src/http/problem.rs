//! What went wrong, as RFC 9457 (`application/problem+json`), in English and Korean.
//!
//! **Invariant**: `code` is stable and says what to do in a word; a 5xx tells nothing of our
//! inside, and its cause is logged once, here, under the request id that the answer shows.

mod code;

use axum::response::{IntoResponse, Response};
use danpay_core::InvalidField;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use code::Code;

use super::korean::with_particle;
use super::public_url::public_url;
use super::request_id::request_id;
use crate::limits::ERRORS_IN_DETAIL;
use crate::store::keys::Role;

/// What a problem is sent as.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// One answer that is not a success.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The code's own, but of what others have refused.
    status: StatusCode,
    code: Code,
    detail: String,
    detail_ko: String,
    /// What else it says: the fields that are wrong (`errors`), what KakaoPay said (`kakaopay`), or
    /// which payment it is about.
    about: Map<String, Value>,
    retry_after_s: Option<u32>,
}

/// What the log has of a problem: its code, and which members of the request are wrong.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    /// Joined by commas; nothing, if it is about none.
    pub(crate) fields: Option<String>,
}

/// So many names are logged.
const FIELDS_LOGGED: usize = 10;
/// Ours are shorter.
const FIELD_CHARS: usize = 40;

/// The names of what is wrong. One that is not of the form of ours may be a value, or a secret, that came
/// in the place of a name.
fn fields(about: &Map<String, Value>) -> Option<String> {
    let errors = about.get("errors")?.as_array()?.iter();
    let names = errors.filter_map(|error| error.get("field")?.as_str());
    let names = names.take(FIELDS_LOGGED);
    let names = names.map(|name| if is_plain(name) { name } else { "?" });
    Some(names.collect::<Vec<_>>().join(","))
}

/// `amount.total`, `available_cards[3]`, `Idempotency-Key`: no digit but in brackets.
fn is_plain(name: &str) -> bool {
    let mut in_brackets = false;
    name.len() <= FIELD_CHARS
        && name.chars().all(|char| {
            match char {
                '[' => in_brackets = true,
                ']' => in_brackets = false,
                _ => {}
            }
            matches!(char, 'a'..='z' | 'A'..='Z' | '_' | '-' | '.' | '[' | ']')
                || in_brackets && char.is_ascii_digit()
        })
}

#[derive(Debug, Serialize)]
struct FieldError {
    field: String,
    message: String,
    message_ko: String,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>, detail_ko: impl Into<String>) -> Self {
        Self {
            status: code.status(),
            code,
            detail: detail.into(),
            detail_ko: detail_ko.into(),
            about: Map::new(),
            retry_after_s: code.retry_after_s(),
        }
    }

    /// Fields of the request that cannot be taken.
    pub(crate) fn fields(errors: Vec<InvalidField>) -> Self {
        let [detail, detail_ko] = sentences(&errors);
        let problem = Self::new(Code::InvalidFields, detail, detail_ko);
        let errors: Vec<_> = errors
            .into_iter()
            .map(
                |InvalidField {
                     field,
                     message,
                     message_ko,
                 }| FieldError {
                    field,
                    message,
                    message_ko,
                },
            )
            .collect();
        problem.about("errors", json!(errors))
    }

    /// `why` there is no API key that opens the door.
    pub(crate) fn unauthorized([why, why_ko]: [&str; 2]) -> Self {
        Self::new(
            Code::Unauthorized,
            format!("{why} Send your API key as `Authorization: Bearer danpay_sk_...`."),
            format!("{why_ko} API 키를 `Authorization: Bearer danpay_sk_...` 헤더로 보내 주세요."),
        )
    }

    /// The key is right, and its role may not do this.
    pub(crate) fn forbidden(role: Role) -> Self {
        let named = role.as_str();
        Self::new(
            Code::Forbidden,
            format!("A key of the role {named} may not do this; use one that may."),
            format!("{named} 권한의 키로는 할 수 없습니다. 권한이 있는 키를 써 주세요."),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "There is nothing at this address; check the id and the path.",
            "요청한 주소를 찾을 수 없습니다. id와 경로를 확인해 주세요.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            Code::MethodNotAllowed,
            "This address does not take this method; the Allow header lists what it takes.",
            "이 주소에서 쓸 수 없는 메서드입니다. Allow 헤더를 확인해 주세요.",
        )
    }

    pub(crate) fn about(mut self, name: &str, value: Value) -> Self {
        self.about.insert(name.to_owned(), value);
        self
    }

    /// Under the status by which somebody else has refused it.
    pub(crate) fn under(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "request failed");
        Self::broken()
    }

    /// A fault of ours, which whoever found it has logged.
    pub(crate) fn broken() -> Self {
        Self::new(
            Code::Internal,
            "Something is wrong on our side; the log has it under this request id.",
            "서버 내부 오류입니다. 로그에서 이 요청 id로 찾을 수 있습니다.",
        )
    }
}

/// The first errors as sentences; most programs log the detail alone.
fn sentences(errors: &[InvalidField]) -> [String; 2] {
    let (told, rest) = errors.split_at(errors.len().min(ERRORS_IN_DETAIL));
    let english = told.iter().map(|error| format!("{error}."));
    let korean = told.iter().map(|error| {
        let subject = with_particle(&error.field, ["은", "는"]);
        format!("{subject} {}.", error.message_ko)
    });
    let (mut english, mut korean): (Vec<_>, Vec<_>) = (english.collect(), korean.collect());
    if !rest.is_empty() {
        english.push(format!("See errors for {} more.", rest.len()));
        korean.push(format!("나머지 {}개는 errors에 있습니다.", rest.len()));
    }
    [english.join(" "), korean.join(" ")]
}

/// The address of the page that explains a code. Outside of a request it is relative to what was asked.
fn page_of(code: &str) -> String {
    let public_url = public_url();
    let public_url = public_url.as_deref().unwrap_or_default();
    format!("{public_url}/docs/problems/{code}")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self {
            status,
            code,
            detail,
            detail_ko,
            about,
            retry_after_s,
        } = self;
        let code = code.as_str();
        let title = status.canonical_reason().unwrap_or("Error");
        let refused = Refused {
            code,
            fields: fields(&about),
        };
        let mut body = Map::new();
        let mut say = |name: &str, value| body.insert(name.to_owned(), value);
        say("type", json!(page_of(code)));
        say("title", json!(title));
        say("status", json!(status.as_u16()));
        say("code", json!(code));
        say("detail", json!(detail));
        say("detail_ko", json!(detail_ko));
        body.extend(about);
        // The id by which the log has this request; absent only outside of a request.
        if let Some(id) = request_id() {
            body.insert("request_id".to_owned(), json!(id));
        }
        let value = Value::Object(body);
        let content_type = (header::CONTENT_TYPE, MEDIA_TYPE);
        let mut response = (status, [content_type], value.to_string()).into_response();
        response.extensions_mut().insert(refused);
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn outside_of_a_request_the_type_is_relative_to_what_was_asked() {
        let response = Problem::not_found().into_response();
        let body = axum::body::to_bytes(response.into_body(), 4096)
            .await
            .unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["type"], "/docs/problems/not_found");
    }

    #[test]
    fn the_log_names_members_and_nothing_that_may_be_a_value() {
        let wrong = |name: &str| InvalidField::new(name, "is wrong", "잘못되었습니다");
        let names = [
            "amount.total",
            "available_cards[12]",
            "Idempotency-Key",
            "danpay_sk_01hzy0",
            "metadata.전화번호",
            "a b",
        ];
        let response = Problem::fields(names.map(wrong).into()).into_response();
        let refused = response.extensions().get::<Refused>().unwrap();
        assert_eq!(refused.code, "invalid_fields");
        let logged = "amount.total,available_cards[12],Idempotency-Key,?,?,?";
        assert_eq!(refused.fields.as_deref(), Some(logged));
    }
}
