//! Headers that mean one thing. One that comes twice means something else to each proxy that reads it.

use http::{HeaderMap, HeaderName, header};

use super::{Code, Problem};

const ONCE: [(HeaderName, &str); 2] = [
    (header::HOST, "Host"),
    (header::AUTHORIZATION, "Authorization"),
];

/// What to say of the first of them that comes more than once. What came is not repeated: it may be a key.
pub(crate) fn repeated(headers: &HeaderMap) -> Option<Problem> {
    let mut once = ONCE.into_iter();
    let (_, name) = once.find(|(name, _)| headers.get_all(name).iter().nth(1).is_some())?;
    let problem = Problem::new(
        Code::HeaderRepeated,
        format!(
            "The header {name} comes more than once, and must come once. Nothing has happened."
        ),
        format!(
            "{name} 헤더가 두 번 이상 왔습니다. 한 번만 보내 주세요. 아무 일도 일어나지 않았습니다."
        ),
    );
    Some(problem.about("header", name.into()))
}
