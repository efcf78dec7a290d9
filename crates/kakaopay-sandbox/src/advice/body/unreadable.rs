//! A body that is no JSON: what it is instead.

use serde_json::Value;

use super::super::{Advice, door};

pub(super) fn advise(body: &[u8], error: &serde_json::Error) -> Advice {
    if let Some(rest) = body.strip_prefix(b"\xEF\xBB\xBF")
        && serde_json::from_slice::<Value>(rest).is_ok()
    {
        return Advice::new(
            "byte_order_mark",
            "A byte order mark (EF BB BF) stands before the JSON; save or send it as UTF-8 without one.",
            "JSON 앞에 BOM(EF BB BF)이 있습니다. BOM 없는 UTF-8로 저장하거나 보내세요.",
        );
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Advice::new(
            "not_utf8",
            "The body is not UTF-8; EUC-KR (MS949) text looks like that. Encode it as UTF-8.",
            "본문이 UTF-8이 아닙니다. EUC-KR(MS949)이면 이렇습니다. UTF-8로 인코딩하세요.",
        );
    };
    let text = text.trim();
    if text.is_empty() {
        return Advice::new(
            "empty_body",
            "The body is empty; send the fields as a JSON object.",
            "본문이 비어 있습니다. 필드를 JSON 객체로 보내세요.",
        );
    }
    if is_inside(text) {
        return Advice::new(
            "output_around_json",
            "Something else stands before or after the JSON: a warning or a trace that was printed into it. Send the JSON alone.",
            "JSON 앞이나 뒤에 다른 출력(경고, 디버그)이 섞였습니다. JSON만 보내세요.",
        );
    }
    if !text.starts_with(['{', '[']) && text.contains('=') {
        return door::form();
    }
    let (line, column) = (error.line(), error.column());
    Advice::new(
        "broken_json",
        format!(
            "The body stops being JSON at line {line}, column {column}; build it with a JSON library."
        ),
        format!("본문이 {line}행 {column}열에서 JSON이 아니게 됩니다. JSON 라이브러리로 만드세요."),
    )
}

/// Whether a whole JSON object stands in the text with something around it.
fn is_inside(text: &str) -> bool {
    let (Some(begin), Some(end)) = (text.find('{'), text.rfind('}')) else {
        return false;
    };
    let around = begin > 0 || end + 1 < text.len();
    let inside = text.get(begin..=end).unwrap_or_default();
    around && serde_json::from_str::<serde_json::Map<String, Value>>(inside).is_ok()
}
