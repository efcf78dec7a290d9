//! Rows as lines of a file that Excel reads: UTF-8, CRLF, quoted where it has to be.
//!
//! **Invariant**: no text from outside is a formula. A spreadsheet would compute one for whoever opens the
//! file, and may send what it finds there elsewhere; so such a text has an apostrophe before it.

use std::borrow::Cow;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use serde_json::Value;

/// Excel takes a file without it for one of the system's own encoding.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What begins a formula, or is passed over before one.
const BEGINS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The names of the columns, as a line.
pub(super) fn head(columns: &[String]) -> csv::Result<Vec<u8>> {
    let names = columns.iter().map(|name| Cow::from(name.as_str()));
    lines([names])
}

/// A line for each row.
pub(super) fn of_rows(columns: &[String], rows: &[Value]) -> csv::Result<Vec<u8>> {
    lines(
        rows.iter()
            .map(|row| columns.iter().map(move |name| cell(row, name))),
    )
}

fn lines<'a>(rows: impl IntoIterator<Item: Iterator<Item = Cow<'a, str>>>) -> csv::Result<Vec<u8>> {
    let mut file = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    for row in rows {
        for cell in row {
            file.write_field(cell.as_bytes())?;
        }
        file.write_record(None::<&[u8]>)?;
    }
    file.into_inner().map_err(|error| error.into_error().into())
}

/// What a row has under this name; nested ones are joined by points. A list, or an object that is nobody's
/// column, is JSON.
fn cell<'a>(row: &'a Value, name: &str) -> Cow<'a, str> {
    let value = name
        .split('.')
        .try_fold(row, |value, member| value.get(member));
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => harmless(text),
        Some(value) => Cow::Owned(value.to_string()),
    }
}

/// The text as itself, with an apostrophe before it if it begins like a formula.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(BEGINS_FORMULA) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The cells of a whole file, as a reader reads them.
    fn read(columns: &[String], rows: &[Value]) -> Vec<Vec<String>> {
        let mut file = BYTE_ORDER_MARK.as_bytes().to_vec();
        file.append(&mut head(columns).unwrap());
        file.append(&mut of_rows(columns, rows).unwrap());
        assert!(file.ends_with(b"\r\n"));
        let mut reader = csv::Reader::from_reader(file.as_slice());
        assert_eq!(reader.headers().unwrap(), columns);
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            row.iter().map(str::to_owned).collect()
        });
        rows.collect()
    }

    #[test]
    fn a_row_has_its_members_under_their_names_and_nothing_where_there_is_none() {
        let columns = ["id", "amount.total", "card.bin", "live", "tags", "gone.x"];
        let columns = columns.map(str::to_owned);
        let row = json!({
            "id": "초코,\"파이\"",
            "amount": { "total": 2200 },
            "card": null,
            "live": true,
            "tags": [{ "a": "=1" }],
        });
        let file = of_rows(&columns, &[row]).unwrap();
        let expected = "\"초코,\"\"파이\"\"\",2200,,true,\"[{\"\"a\"\":\"\"=1\"\"}]\",\r\n";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
        let head = String::from_utf8(head(&columns).unwrap()).unwrap();
        assert_eq!(head, "id,amount.total,card.bin,live,tags,gone.x\r\n");
    }

    #[test]
    fn what_would_be_computed_has_an_apostrophe_and_numbers_of_ours_have_none() {
        for text in [
            "=1+1", "+82", "-1", "@a", "\t=1", "\r=1", "\n", "＝1", "＋", "－1", "＠a",
        ] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "1-1", " =1", "'=1", "a@b", "초코파이", "−1"] {
            assert_eq!(harmless(text), text);
        }
        // KakaoPay's error codes are numbers below zero, and a number is no formula.
        assert_eq!(cell(&json!({ "error_code": -780 }), "error_code"), "-780");
    }

    /// Texts of anything, and many of what matters here.
    fn texts() -> impl Strategy<Value = String> {
        let special = prop::sample::select(vec![
            "=", "+", "-", "@", "\t", "\r", "\n", "\r\n", "＝", "－", "\"", "\"\"", ",", ";", "'",
            " ", "\u{feff}", "\u{0}", "\\", "#", "가", "1",
        ]);
        let mixed = prop::collection::vec(special, 0..8).prop_map(|parts| parts.concat());
        prop_oneof![any::<String>(), mixed]
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_itself_or_with_an_apostrophe_and_is_never_a_formula(
            rows in prop::collection::vec((texts(), texts(), texts()), 1..4)
        ) {
            let columns = ["a", "b", "c"].map(str::to_owned);
            let values: Vec<_> = rows
                .iter()
                .map(|(a, b, c)| json!({ "a": a, "b": b, "c": c }))
                .collect();
            let read = read(&columns, &values);
            prop_assert_eq!(read.len(), rows.len());
            for (read, (a, b, c)) in read.iter().zip(&rows) {
                for (cell, text) in read.iter().zip([a, b, c]) {
                    prop_assert!(!cell.starts_with(BEGINS_FORMULA));
                    let is_formula = text.starts_with(BEGINS_FORMULA);
                    let expected = if is_formula { format!("'{text}") } else { text.clone() };
                    prop_assert_eq!(cell, &expected);
                }
            }
        }
    }
}
