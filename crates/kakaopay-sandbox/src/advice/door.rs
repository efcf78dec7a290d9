//! What is wrong before the body is looked at: address, method, key and content type.

use http::{Method, header};

use super::{Advice, Generation};
use crate::call::Call;

pub(super) const BASE: &str = "/online/v1/payment/";
/// The predecessor's.
pub(super) const OLD_BASE: &str = "/v1/payment/";
const CALLS: [&str; 7] = [
    "ready",
    "approve",
    "order",
    "cancel",
    "subscription",
    "manage/subscription/status",
    "manage/subscription/inactive",
];

pub(super) fn advise(call: &Call, refused: bool, generation: Generation) -> Vec<Advice> {
    let old = generation == Generation::Old;
    // A call of the predecessor where that is not served has one thing to hear.
    let ended = !old && call.path.starts_with(OLD_BASE);
    let first = address(&call.path)
        .filter(|_| refused && !old)
        .or_else(|| method(call, old).filter(|_| refused))
        .or_else(|| authorization(call, old).filter(|_| !ended))
        .or_else(|| content_type(call, old).filter(|_| refused && !ended));
    first.into_iter().collect()
}

fn address(path: &str) -> Option<Advice> {
    if path
        .strip_prefix(BASE)
        .is_some_and(|call| CALLS.contains(&call))
    {
        return None;
    }
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let tidy = parts.join("/").to_ascii_lowercase();
    let meant = CALLS
        .into_iter()
        .filter(|call| tidy == *call || tidy.ends_with(&format!("/{call}")))
        .max_by_key(|call| call.len());
    Some(match meant {
        Some(meant) if path.starts_with(OLD_BASE) => Advice::new(
            "old_address",
            format!(
                "This is the ended predecessor's address (kapi.kakao.com); the current one is {BASE}{meant}, with JSON and SECRET_KEY, and errors as error_code and error_message instead of code and msg. `danpay sandbox --legacy` serves the old one."
            ),
            format!(
                "종료된 옛 API(kapi.kakao.com)의 주소입니다. 지금 주소는 {BASE}{meant}이고, JSON 본문과 SECRET_KEY를 쓰며, 오류는 code와 msg가 아니라 error_code와 error_message로 옵니다. 옛 API는 `danpay sandbox --legacy`가 흉내 냅니다."
            ),
        ),
        Some(meant) if format!("/{tidy}") == format!("{BASE}{meant}") => Advice::new(
            "untidy_path",
            format!(
                "The path has a slash too many or capital letters; write exactly {BASE}{meant}."
            ),
            format!(
                "경로에 슬래시가 더 있거나 대문자가 섞였습니다. 정확히 {BASE}{meant}로 쓰세요."
            ),
        ),
        Some(meant) => Advice::new(
            "wrong_path",
            format!(
                "The path is not complete or has something before it; write {BASE}{meant} right after the host."
            ),
            format!("경로가 다릅니다. 호스트 바로 뒤에 {BASE}{meant}를 쓰세요."),
        ),
        None => Advice::new(
            "unknown_path",
            format!("KakaoPay has no such call; there are {BASE}ready, approve, order and cancel."),
            format!(
                "이런 호출은 없습니다. {BASE} 아래의 ready, approve, order, cancel이 있습니다."
            ),
        ),
    })
}

fn method(call: &Call, old: bool) -> Option<Advice> {
    let given = &call.method;
    let looks_up = old && call.path.ends_with("/order") && *given == Method::GET;
    (*given != Method::POST && !looks_up).then(|| {
        Advice::new(
            "wrong_method",
            format!("This was {given}; every call is POST, the order lookup too."),
            format!("{given}로 보냈습니다. 주문 조회를 포함해 모든 호출은 POST입니다."),
        )
    })
}

fn authorization(call: &Call, old: bool) -> Option<Advice> {
    let Some(given) = call.headers.get(header::AUTHORIZATION) else {
        if old {
            return Some(old_scheme());
        }
        return Some(Advice::new(
            "no_authorization",
            "There is no Authorization header; send `Authorization: SECRET_KEY {secret key}`.",
            "Authorization 헤더가 없습니다. `Authorization: SECRET_KEY {시크릿 키}`를 보내세요.",
        ));
    };
    let given = given.to_str().unwrap_or_default();
    let (scheme, key) = given.split_once(' ').unwrap_or((given, ""));
    match (old, scheme) {
        (false, "SECRET_KEY" | "DEV_SECRET_KEY") | (true, "KakaoAK") => return key_itself(key),
        (true, _) => return Some(old_scheme()),
        (false, _) => {}
    }
    let glued = ["SECRET_KEY", "DEV_SECRET_KEY"]
        .into_iter()
        .filter_map(|scheme| given.strip_prefix(scheme))
        .any(|key| key.starts_with(|letter: char| letter.is_ascii_alphanumeric()));
    if glued {
        return Some(Advice::new(
            "no_space",
            "The space between `SECRET_KEY` and the key is missing.",
            "`SECRET_KEY`와 키 사이에 빈칸이 없습니다.",
        ));
    }
    let plain = scheme.trim_end_matches(':').to_ascii_uppercase();
    Some(match plain.as_str() {
        "KAKAOAK" => Advice::new(
            "kakao_ak",
            "`KakaoAK` and the admin key belong to the ended predecessor; use `SECRET_KEY` with a secret key of the KakaoPay developer centre. Errors come as error_code and error_message now, not as code and msg.",
            "`KakaoAK`와 어드민 키는 종료된 옛 API의 것입니다. 카카오페이 개발자센터의 시크릿 키를 `SECRET_KEY`로 보내세요. 오류는 이제 code와 msg가 아니라 error_code와 error_message로 옵니다.",
        ),
        "SECRET_KEY" | "DEV_SECRET_KEY" => Advice::new(
            "scheme_spelling",
            "The scheme is `SECRET_KEY` in capitals, without a colon, then one space and the key.",
            "인증 방식은 콜론 없이 대문자 `SECRET_KEY`이고, 빈칸 하나 뒤에 키를 씁니다.",
        ),
        _ if key.is_empty() => Advice::new(
            "no_scheme",
            "The header holds the key alone; put `SECRET_KEY ` before it.",
            "헤더에 키만 있습니다. 앞에 `SECRET_KEY `를 붙이세요.",
        ),
        _ => Advice::new(
            "wrong_scheme",
            "The scheme of the Authorization header is `SECRET_KEY`, not `Bearer`, `Basic` or anything else.",
            "Authorization 헤더의 방식은 `Bearer`나 `Basic`이 아니라 `SECRET_KEY`입니다.",
        ),
    })
}

fn key_itself(key: &str) -> Option<Advice> {
    let key = key.trim();
    if key.is_empty() || matches!(key, "undefined" | "null" | "None" | "nil" | "false") {
        return Some(Advice::new(
            "empty_key",
            "The secret key is empty; the variable that should hold it was not set.",
            "시크릿 키가 비어 있습니다. 키를 담는 변수가 설정되지 않았습니다.",
        ));
    }
    key.starts_with(['"', '\'', '{', '<', '$']).then(|| {
        Advice::new(
            "wrapped_key",
            "The key stands in quotes or brackets, or a placeholder was not replaced; send the key alone.",
            "키가 따옴표나 괄호에 싸였거나 치환되지 않았습니다. 키만 보내세요.",
        )
    })
}

fn old_scheme() -> Advice {
    Advice::new(
        "old_scheme",
        "The predecessor takes `Authorization: KakaoAK {admin key}`; `SECRET_KEY` belongs to the current API.",
        "옛 API는 `Authorization: KakaoAK {어드민 키}`를 받습니다. `SECRET_KEY`는 지금 API의 것입니다.",
    )
}

fn content_type(call: &Call, old: bool) -> Option<Advice> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let given = call.headers.get(header::CONTENT_TYPE);
    let given = given
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    let wanted = if old { FORM } else { "application/json" };
    let in_query = old && call.body.is_empty();
    if in_query || media_type.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let is_json = || serde_json::from_slice::<serde_json::Map<_, _>>(&call.body).is_ok();
    Some(if old {
        Advice::new(
            "json_to_the_old",
            "The predecessor takes forms: `Content-Type: application/x-www-form-urlencoded`.",
            "옛 API는 폼을 받습니다. `Content-Type: application/x-www-form-urlencoded`를 쓰세요.",
        )
    } else if media_type.eq_ignore_ascii_case(FORM) && is_json() {
        Advice::new(
            "json_as_form",
            "The body is JSON, but its Content-Type says form, as curl does by itself; send `Content-Type: application/json`.",
            "본문은 JSON인데 Content-Type은 폼입니다(curl은 정하지 않으면 폼이라고 합니다). `Content-Type: application/json`을 보내세요.",
        )
    } else if media_type.eq_ignore_ascii_case(FORM) {
        form()
    } else {
        Advice::new(
            "wrong_content_type",
            "Send `Content-Type: application/json` with a JSON body.",
            "`Content-Type: application/json`과 JSON 본문을 보내세요.",
        )
    })
}

pub(super) fn form() -> Advice {
    Advice::new(
        "form_body",
        "A form body belongs to the ended predecessor; send the same fields as a JSON object with `Content-Type: application/json`.",
        "폼 본문은 종료된 옛 API의 방식입니다. 같은 필드를 JSON 객체로, `Content-Type: application/json`과 함께 보내세요.",
    )
}
