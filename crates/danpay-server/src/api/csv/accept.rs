//! Who wants a file: whoever names `text/csv`, and wants it no less than JSON.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::Response;
use danpay_core::InvalidField;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use super::not_of_a_file;
use crate::api::list::limit;
use crate::limits;

/// As what a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Wanted {
    Json,
    Csv,
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::by(&parts.headers))
    }
}

/// Of what is answered, the request's `Accept` decides the form.
pub(in crate::api) async fn vary(mut response: Response) -> Response {
    let accept = HeaderValue::from_static("Accept");
    response.headers_mut().insert(header::VARY, accept);
    response
}

impl Wanted {
    /// How many rows are read at once: as many as the shop asks for, or for a file as we like.
    pub(in crate::api) fn limit(self, asked: Option<u32>) -> Result<u32, InvalidField> {
        match (self, asked) {
            (Self::Json, asked) => limit(asked, (limits::PAGE, limits::PAGE_MAX)),
            (Self::Csv, Some(_)) => Err(not_of_a_file("limit")),
            (Self::Csv, None) => Ok(limits::EXPORT_PAGE),
        }
    }

    /// JSON, unless CSV is named and JSON is wanted less, or is not named (`text/csv, */*`).
    fn by(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter();
        let accepted = accepted.filter_map(|value| value.to_str().ok());
        let ranges: Vec<_> = accepted
            .flat_map(|value| value.split(','))
            .filter_map(range)
            .collect();
        let of = |name: &str| {
            let mut same = ranges.iter().filter(|(range, _)| range == name);
            same.next().map(|(_, quality)| *quality)
        };
        let csv = of("text/csv").unwrap_or(0);
        let named = of("application/json");
        let json = named.or_else(|| of("application/*")).or_else(|| of("*/*"));
        let json = json.unwrap_or(0);
        if csv > json || csv == json && csv > 0 && named.is_none() {
            Self::Csv
        } else {
            Self::Json
        }
    }
}

/// A media range, and how much it is wanted, in thousandths. None, if that cannot be read.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let quality = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let quality = quality.map_or(Some(1000), thousandths)?;
    Some((range, quality))
}

/// `1`, `0.5`, `0.125`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| is_number)?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_for_whoever_names_it_and_wants_it_no_less_than_json() {
        for (accept, expected) in [
            (&[][..], Wanted::Json),
            (&["*/*"], Wanted::Json),
            (&["application/json"], Wanted::Json),
            (&["text/*"], Wanted::Json),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], Wanted::Json),
            (&["text/csv"], Wanted::Csv),
            (&["Text/CSV; charset=utf-8 ; Q=0.9"], Wanted::Csv),
            (&["text/csv, */*"], Wanted::Csv),
            (&["text/csv;q=0.9, */*;q=0.1"], Wanted::Csv),
            (&["text/csv;q=0.9, */*"], Wanted::Json),
            (&["application/json, text/csv"], Wanted::Json),
            (&["application/json;q=0.5", "text/csv"], Wanted::Csv),
            (
                &["application/json;q=0.5", "text/csv;q=0.499"],
                Wanted::Json,
            ),
            (&["application/json;q=0, text/csv;q=0.001"], Wanted::Csv),
            (&["text/csv;q=0"], Wanted::Json),
            (&["text/csv;q=0, application/json;q=0"], Wanted::Json),
            (&["text/csv;q=2"], Wanted::Json),
            (&["text/csv;q=0.12345"], Wanted::Json),
            (&["text/csv;q=x, */*;q=0.1"], Wanted::Json),
            (&[",;q=1,text/csv"], Wanted::Csv),
        ] {
            let named = accept.iter().map(|value| {
                let value = HeaderValue::from_static(value);
                (header::ACCEPT, value)
            });
            let mut headers = HeaderMap::new();
            named.for_each(|(name, value)| {
                headers.append(name, value);
            });
            assert_eq!(Wanted::by(&headers), expected, "{accept:?}");
        }
    }
}
