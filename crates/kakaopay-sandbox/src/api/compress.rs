//! Answers are compressed when the caller allows it, as one client of KakaoPay's had to find out.
//! Which codings KakaoPay knows beside gzip is not known, so it is gzip alone.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};

/// Whether `Accept-Encoding` lets an answer come as gzip.
pub(super) fn is_allowed(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let given = given.filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !parts.any(|weight| weight.strip_prefix("q=").is_some_and(is_nothing))
    })
}

/// `0`, `0.0` and the like.
fn is_nothing(weight: &str) -> bool {
    weight
        .trim()
        .parse::<f32>()
        .is_ok_and(|weight| weight <= 0.0)
}

/// Nothing when it could not be done, which into memory does not happen.
pub(super) fn gzip(text: &str) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_allowed_by_its_name_and_not_by_a_weight_of_nothing() {
        for (given, allowed) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1, GZIP;q=0.5", true),
            ("identity", false),
            ("", false),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("x-gzipped", false),
        ] {
            let value = HeaderValue::from_static(given);
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
            assert_eq!(is_allowed(&headers), allowed, "{given}");
        }
        assert!(!is_allowed(&HeaderMap::new()));
    }
}
