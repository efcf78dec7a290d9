//! The pages. Korean first, English beside it; no script.

use std::fmt::Display;
use std::sync::LazyLock;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::problems::{Again, Entry, Words, entry};
use super::reference::ReferencePage;
use super::style;
use crate::http::{Code, page};
use crate::limits;

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage {
    css: &'static str,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    css: &'static str,
    problem: Problem,
}

/// A code with what is told of it.
struct Problem {
    code: &'static str,
    status: StatusCode,
    retry_after_s: Option<u32>,
    told: Entry,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code: code.as_str(),
            status: code.status(),
            retry_after_s: code.retry_after_s(),
            told: entry(code),
        }
    }
}

/// The reference is long, and the same until danpay is another one: it is rendered once.
static REFERENCE: LazyLock<askama::Result<String>> =
    LazyLock::new(|| ReferencePage::new().render());

pub(super) fn reference() -> Response {
    kept(REFERENCE.as_deref())
}

/// All of them.
pub(super) fn problems() -> Response {
    let problems = Code::ALL.iter().copied().map(Problem::from).collect();
    let css = style::CSS;
    kept(ProblemsPage { css, problems }.render())
}

/// One of them.
pub(super) fn problem(code: Code) -> Response {
    let problem = code.into();
    let css = style::CSS;
    kept(ProblemPage { css, problem }.render())
}

/// A page that may be kept.
fn kept<T>(rendered: Result<T, impl Display>) -> Response
where
    Html<T>: IntoResponse,
{
    let mut answer = page::respond(rendered, StatusCode::OK, &style::POLICY);
    let control = format!("public, max-age={}", limits::DOCS_KEPT_S);
    if answer.status().is_success()
        && let Ok(control) = HeaderValue::try_from(control)
    {
        answer.headers_mut().insert(header::CACHE_CONTROL, control);
    }
    answer
}

/// A text in pieces, of which every other one is code.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(number, piece)| (number % 2 == 1, piece))
}

/// When to send the request again, in a few words.
fn again(problem: &Problem) -> [String; 2] {
    match (problem.told.again.0, problem.retry_after_s) {
        (Again::Waited, Some(seconds)) => [format!("{seconds}초 뒤"), format!("after {seconds} s")],
        (again, _) => {
            let Words { ko, en } = again.in_short();
            [ko.to_owned(), en.to_owned()]
        }
    }
}
