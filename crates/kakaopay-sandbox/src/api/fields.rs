//! A request's fields, read as leniently as real clients need and no further: numbers as strings,
//! `2200.00`, ids as numbers, and `null` or `""` for what is left out.
//! Invariant: whatever is unclear about an amount is refused.

use serde_json::{Map, Value};
use url::Url;

use super::refusal::Refusal;
use crate::call::{Call, is_without_scheme};

/// Far above any payment, and every sum of such amounts still fits.
const WHOLE_MAX: u64 = 1_000_000_000_000;
const URL_MAX: usize = 255;

pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn json(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::parameter("request body must be a JSON object.")),
            Err(_) => Err(Refusal::parameter("request body is not valid JSON.")),
        }
    }

    /// As the predecessor's clients send them; lists and maps are JSON inside.
    pub(crate) fn form(call: &Call) -> Self {
        Self(call.form())
    }

    pub(crate) fn text(&self, field: &str, max: usize) -> Result<String, Refusal> {
        self.optional_text(field, max)?
            .ok_or_else(|| Refusal::null(field))
    }

    pub(crate) fn optional_text(&self, field: &str, max: usize) -> Result<Option<String>, Refusal> {
        let text = match self.given(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(Refusal::parameter(format!("{field} must be a string."))),
        };
        if text.chars().count() > max {
            return Err(Refusal::parameter(format!(
                "{field} is too long. (max {max})"
            )));
        }
        Ok(Some(text))
    }

    pub(crate) fn whole(&self, field: &str, min: u64) -> Result<u64, Refusal> {
        self.optional_whole(field, min)?
            .ok_or_else(|| Refusal::null(field))
    }

    pub(crate) fn optional_whole(&self, field: &str, min: u64) -> Result<Option<u64>, Refusal> {
        let written = match self.given(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => String::new(),
        };
        let number = whole_number(&written)
            .ok_or_else(|| Refusal::parameter(format!("{field} must be a whole number.")))?;
        if number < min {
            return Err(Refusal::parameter(format!(
                "{field} must be {min} or more."
            )));
        }
        if number > WHOLE_MAX {
            return Err(Refusal::parameter(format!(
                "{field} must be {WHOLE_MAX} or less."
            )));
        }
        Ok(Some(number))
    }

    /// An address that a browser, or an app by its own scheme, can be sent to.
    pub(crate) fn url(&self, field: &str) -> Result<Url, Refusal> {
        let text = self.text(field, URL_MAX)?;
        match Url::parse(&text) {
            Ok(url)
                if !matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file")
                    && !is_without_scheme(&text) =>
            {
                Ok(url)
            }
            _ => Err(Refusal::parameter(format!("{field} is not a valid url."))),
        }
    }

    /// A list of codes, each up to `max` characters.
    pub(crate) fn optional_list(
        &self,
        field: &str,
        max: usize,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let list = match self.structured(field) {
            None => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => Vec::new(),
        };
        let texts: Option<Vec<_>> = list
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect();
        texts
            .filter(|texts| !texts.is_empty())
            .filter(|texts| texts.iter().all(|text| text.chars().count() <= max))
            .map(Some)
            .ok_or_else(|| Refusal::parameter(format!("{field} must be an array of strings.")))
    }

    /// Checked for its shape only: texts by name.
    pub(crate) fn map_of_texts(&self, field: &str) -> Result<(), Refusal> {
        let fits = match self.structured(field) {
            None => true,
            Some(Value::Object(map)) => map.values().all(Value::is_string),
            Some(_) => false,
        };
        if fits {
            Ok(())
        } else {
            Err(Refusal::parameter(format!(
                "{field} must be an object of strings."
            )))
        }
    }

    /// A list or a map, as JSON or as text that holds JSON.
    fn structured(&self, field: &str) -> Option<Value> {
        match self.given(field)? {
            Value::String(text) => {
                Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())))
            }
            value => Some(value.clone()),
        }
    }

    /// Absent, `null` and `""` are one thing.
    fn given(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
    }
}

/// `2200`, or a decimal whose fraction is nothing: `2200.00`.
fn whole_number(written: &str) -> Option<u64> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let nothing = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    if digits(whole) && nothing {
        whole.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_in_the_forms_that_real_clients_send() {
        for (written, number) in [("2200", 2200), ("2200.00", 2200), ("0", 0), ("007", 7)] {
            assert_eq!(whole_number(written), Some(number), "{written}");
        }
    }

    #[test]
    fn anything_else_is_no_whole_number() {
        for written in [
            "abc", "1.5", "-1", "+1", " 1", "", ".", "1.", ".0", "1e3", "2,200", "0x1",
        ] {
            assert_eq!(whole_number(written), None, "{written}");
        }
    }

    #[test]
    fn a_json_number_may_carry_an_empty_fraction() {
        let fields = Fields::json(br#"{"a":2200.00,"b":true,"c":1.5,"d":-3}"#).unwrap();
        assert_eq!(fields.whole("a", 1).unwrap(), 2200);
        for field in ["b", "c", "d"] {
            assert!(fields.whole(field, 0).is_err(), "{field}");
        }
    }

    #[test]
    fn limits_count_characters_and_not_bytes() {
        let body = format!(r#"{{"item_name":"{}"}}"#, "파".repeat(100));
        let fields = Fields::json(body.as_bytes()).unwrap();
        assert!(fields.text("item_name", 100).is_ok());
        assert!(fields.text("item_name", 99).is_err());
    }

    #[test]
    fn addresses_may_have_an_apps_own_scheme_but_may_not_run_anything() {
        let body = br#"{"a":"myshop://payment/approve","b":"javascript:alert(1)","c":"/approve"}"#;
        let fields = Fields::json(body).unwrap();
        assert!(fields.url("a").is_ok());
        assert!(fields.url("b").is_err());
        assert!(fields.url("c").is_err());
    }
}
