//! The pages and the documents tell the same.

use std::path::Path;

use super::*;

/// The cells of each row of the tables of a document, without what is only there to look at.
fn rows(document: &str) -> Vec<Vec<String>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let text = std::fs::read_to_string(docs.join(document)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// What stands between backticks.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn the_reference_lists_each_code_with_its_status_in_this_order() {
    for document in ["api.md", "ko/api.md"] {
        let mut listed = Vec::new();
        let rows = rows(document);
        let problems = rows
            .iter()
            .skip_while(|row| !row[1].starts_with("`malformed_json`"));
        for row in
            problems.take_while(|row| row[2].starts_with(|first: char| first.is_ascii_digit()))
        {
            let statuses: Vec<u16> = row[2].split(", ").map(|one| one.parse().unwrap()).collect();
            let codes: Vec<_> = codes(&row[1]).collect();
            assert!(
                statuses.len() == 1 || statuses.len() == codes.len(),
                "{row:?}"
            );
            for (number, code) in codes.into_iter().enumerate() {
                let status = statuses[number.min(statuses.len() - 1)];
                listed.push((code.to_owned(), status));
            }
        }
        let all = Code::ALL.iter();
        let all: Vec<_> = all
            .map(|code| (code.as_str().to_owned(), code.status().as_u16()))
            .collect();
        assert_eq!(listed, all, "{document}");
    }
}

/// The status and the code of a row of the guide's table of answers, if it is about one: it may have words
/// before them and behind them.
fn about_one(answer: &str) -> Option<(u16, &str)> {
    let (before, rest) = answer.split_once(" `")?;
    let status = before.split(' ').next_back()?.parse().ok()?;
    Some((status, rest.split('`').next()?))
}

/// The seconds of `after 2 s` and `2초 뒤`.
fn seconds(again: &str) -> Option<u32> {
    let english = again
        .strip_prefix("after ")
        .and_then(|rest| rest.strip_suffix(" s"));
    english
        .or_else(|| again.strip_suffix("초 뒤"))?
        .parse()
        .ok()
}

/// Those that a shop meets when it sells or refunds, and that are more than a mistake in its program.
fn is_in_the_guide(code: Code) -> bool {
    let of_events = matches!(
        code,
        Code::EventUnknown
            | Code::WebhookEndpointExists
            | Code::WebhookEndpointsFull
            | Code::WebhookEndpointDisabled
            | Code::WebhookInFlight
            | Code::MasterKeyMissing
    );
    !of_events && !matches!(code.status().as_u16(), 400 | 405 | 413)
}

#[test]
fn the_guide_says_the_same_of_money_and_of_sending_again() {
    for document in ["shop.md", "ko/shop.md"] {
        let mut told = Vec::new();
        let rows = rows(document);
        for row in rows.iter().filter(|row| row.len() == 7) {
            let Some((status, name)) = about_one(&row[1]) else {
                continue;
            };
            let code = Code::named(name).unwrap();
            assert_eq!(code.status().as_u16(), status, "{document}: {row:?}");
            let Entry { money, again, .. } = entry(code);
            assert_eq!(
                row[2].starts_with("**"),
                money.0 == Money::Unknown,
                "{document}: {row:?}"
            );
            assert_eq!(
                seconds(&row[4]),
                code.retry_after_s(),
                "{document}: {row:?}"
            );
            let waits = seconds(&row[4]).is_some() || row[4].contains("`Retry-After`");
            assert_eq!(waits, again.0 == Again::Waited, "{document}: {row:?}");
            told.push(code);
        }
        for code in Code::ALL {
            assert_eq!(
                told.contains(code),
                is_in_the_guide(*code),
                "{document}: {code:?}"
            );
        }
    }
}

#[test]
fn who_is_told_to_wait_is_told_how_long() {
    let known_later = [
        Code::TooManyRequests,
        Code::KakaopayQuota,
        Code::KakaopayUnreachable,
    ];
    for code in Code::ALL {
        let is_told = code.retry_after_s().is_some() || known_later.contains(code);
        assert_eq!(entry(*code).again.0 == Again::Waited, is_told, "{code:?}");
    }
}

#[test]
fn each_text_is_in_both_languages_and_ends_its_code() {
    for code in Code::ALL {
        let Entry {
            title,
            cause,
            money,
            act,
            again,
        } = entry(*code);
        for Words { ko, en } in [title, cause, money.1, act, again.1] {
            assert!(
                ko.chars().any(|char| ('가'..='힣').contains(&char)),
                "{code:?}: {ko}"
            );
            assert!(en.is_ascii() && !en.is_empty(), "{code:?}: {en}");
            for text in [ko, en] {
                assert_eq!(text.matches('`').count() % 2, 0, "{code:?}: {text}");
            }
            let quoted = |text: &str| -> std::collections::BTreeSet<String> {
                codes(text)
                    .filter(|code| code.contains('_'))
                    .map(str::to_owned)
                    .collect()
            };
            assert_eq!(quoted(ko), quoted(en), "{code:?}");
        }
    }
}
