//! What a receiver answers: its status, when it wants more, and how its text begins.
//!
//! **Invariant**: no answer takes more memory than is kept of it, and none brings control characters into what
//! people read.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Failure, Outcome};
use crate::limits;

/// As many bytes as the last character kept may need.
const KEPT: usize = limits::WEBHOOK_EXCERPT_BYTES + 4;

/// Reads it, or as much as is read. To drop it before its end closes the connection.
pub(super) async fn read(mut answer: reqwest::Response) -> Result<Outcome, Failure> {
    let (mut read, mut kept) = (0_usize, Vec::new());
    while read < limits::WEBHOOK_ANSWER_BYTES {
        let chunk = answer.chunk().await;
        let Some(chunk) = chunk.map_err(|error| Failure::of(&error))? else {
            break;
        };
        read = read.saturating_add(chunk.len());
        kept.extend(chunk.iter().take(KEPT.saturating_sub(kept.len())));
    }
    Ok(Outcome::Answered {
        status: answer.status().as_u16(),
        retry_after: retry_after(answer.headers()),
        excerpt: cleaned(
            &String::from_utf8_lossy(&kept),
            limits::WEBHOOK_EXCERPT_BYTES,
        ),
    })
}

/// A text of others as it can be kept and shown: its beginning, without control characters.
pub(super) fn cleaned(text: &str, bytes_max: usize) -> String {
    let is_kept = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
    let mut cleaned = String::new();
    for letter in text.chars() {
        let letter = if is_kept(letter) {
            letter
        } else {
            char::REPLACEMENT_CHARACTER
        };
        if cleaned.len() + letter.len_utf8() > bytes_max {
            break;
        }
        cleaned.push(letter);
    }
    cleaned
}

/// Seconds, or a date by the receiver's own clock: without its `Date` nobody knows how far that is off.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let instant = |text: &str| -> Option<Timestamp> {
        DateTimeParser::new().parse_timestamp(text.as_bytes()).ok()
    };
    let (most, said) = (limits::WEBHOOK_RETRY_AFTER_MAX, text(RETRY_AFTER)?);
    let is_number = !said.is_empty() && said.bytes().all(|digit| digit.is_ascii_digit());
    let wait = if is_number {
        // One that is too long to be read is long.
        said.parse().map_or(most, Duration::from_secs)
    } else {
        let wait = instant(said)?.duration_since(instant(text(DATE)?)?);
        wait.try_into().unwrap_or(Duration::ZERO)
    };
    Some(wait.min(most))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_time_to_wait_is_in_seconds_or_by_the_receivers_own_clock_and_at_most_a_day() {
        let now = "Fri, 27 Nov 2026 10:00:00 GMT";
        for (said, date, seconds) in [
            ("7", None, Some(7)),
            (" 0 ", None, Some(0)),
            ("86401", None, Some(86_400)),
            ("99999999999999999999999", None, Some(86_400)),
            ("Fri, 27 Nov 2026 10:01:30 GMT", Some(now), Some(90)),
            ("Fri, 27 Nov 2026 09:00:00 GMT", Some(now), Some(0)),
            ("Fri, 27 Nov 2099 09:00:00 GMT", Some(now), Some(86_400)),
            ("Fri, 27 Nov 2026 10:01:30 GMT", None, None),
            ("Fri, 27 Nov 2026 10:01:30 GMT", Some("now"), None),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", Some(now), None),
            ("", Some(now), None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(said));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers), expected, "{said}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_text_is_cut_between_characters_and_has_no_control_characters() {
        assert_eq!(
            cleaned("a\tb\nc\r\0\u{1b}[31m\u{85}", 99),
            "a\tb\nc���[31m�"
        );
        assert_eq!(cleaned("가나다", 8), "가나");
        assert_eq!(cleaned("\0\0", 5), "�");
        assert_eq!(cleaned("abc", 3), "abc");
        assert_eq!(cleaned("abc", 0), "");
    }
}
