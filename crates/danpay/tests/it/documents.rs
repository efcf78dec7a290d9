//! What docs/shop.md and docs/api.md show of answers is what danpay answers, in both languages; and what they say
//! stands in a file of a sample stands there.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::dev::Dev;
use crate::listen;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// What stands below a heading, up to the next one.
fn chapter(name: &str, heading: &str) -> String {
    let text = document(name);
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let lines = rest.lines().take_while(|line| !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// The blocks of JSON in a text.
fn blocks(text: &str) -> Vec<Value> {
    let pieces = text.split("\n```").skip(1).step_by(2);
    let json = pieces.filter_map(|piece| piece.strip_prefix("json\n"));
    json.map(|json| serde_json::from_str(json).unwrap())
        .collect()
}

/// The words in code letters in a column of the first table of a chapter, row by row.
fn cells(chapter: &str, column: usize) -> Vec<Vec<String>> {
    let table = chapter.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = table.skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split(" | ").nth(column).unwrap().to_owned());
    let words = cells.map(|cell| {
        let words = cell.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    });
    words.collect()
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// Where two answers are not of one form: a member that the other has not, or a value of another type. What is
/// `null`, `false` or empty may be anything, or missing.
fn differences(path: &str, shown: &Value, told: &Value, found: &mut Vec<String>) {
    let says_nothing =
        |value: &Value| value.is_null() || *value == json!(false) || *value == json!([]);
    match (shown, told) {
        (Value::Object(_), Value::Object(_)) => {
            for name in names(shown).union(&names(told)) {
                let path = format!("{path}.{name}");
                match (shown.get(name), told.get(name)) {
                    (Some(shown), Some(told)) => differences(&path, shown, told, found),
                    (Some(one), None) | (None, Some(one)) if !says_nothing(one) => {
                        found.push(format!("{path}: one of the two has it not"));
                    }
                    _ => {}
                }
            }
        }
        _ if says_nothing(shown) || says_nothing(told) => {}
        (Value::Array(shown), Value::Array(told)) => {
            for (shown, told) in shown.iter().zip(told) {
                differences(path, shown, told, found);
            }
        }
        _ if std::mem::discriminant(shown) == std::mem::discriminant(told) => {}
        _ => found.push(format!("{path}: {shown} is shown, and {told} is told")),
    }
}

fn assert_of_one_form(shown: &Value, told: &Value) {
    let mut found = Vec::new();
    differences("", shown, told, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn another_form_is_found() {
    let shown =
        json!({ "id": "a", "amount": { "total": 1 }, "failure": null, "list": [{ "n": 1 }] });
    let found = |told: Value| {
        let mut found = Vec::new();
        differences("", &shown, &told, &mut found);
        found.len()
    };
    let same = json!({ "id": "b", "amount": { "total": 2 }, "list": [{ "n": 3 }], "new": null });
    assert_eq!(found(same.clone()), 0);
    for (member, value) in [
        ("id", json!(1)),
        ("amount", json!({ "sum": 2 })),
        ("list", json!([{ "n": "3" }])),
        ("new", json!(1)),
    ] {
        let mut other = same.clone();
        other[member] = value;
        assert_ne!(found(other), 0, "{member}");
    }
}

#[tokio::test]
async fn the_payment_that_the_guide_shows_is_what_a_create_answers() {
    let chapter = chapter("docs/shop.md", "## A payment");
    let shown = blocks(&chapter).remove(0);
    let dev = Dev::start(&[]).await;
    let mut order = json!({ "amount": { "total": shown["amount"]["total"] } });
    for member in ["order_id", "user_id", "item_name", "quantity", "return_url"] {
        order[member] = shown[member].clone();
    }
    let mut told = dev.api("/v1/payments", Some(order)).await;
    assert_of_one_form(&shown, &told);
    // The values, too, but for those that are new each time.
    let mut expected = shown.clone();
    expected
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null() && *value != json!(false));
    for member in ["id", "tid", "checkout_url", "created_at", "expires_at"] {
        let new = told[member].take();
        assert!(new.is_string(), "{member}");
        expected[member] = Value::Null;
    }
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(told[member], *value, "{member}");
    }

    let rows = cells(&chapter, 0).concat();
    let rows: BTreeSet<_> = rows.into_iter().collect();
    let mut members = names(&shown);
    // It is in the answer to a cancel alone.
    members.insert("cancellation_id".to_owned());
    assert_eq!(
        rows, members,
        "the table has other members than the payment"
    );
}

#[tokio::test]
async fn the_cancellation_and_the_failure_that_the_guide_shows_are_what_danpay_tells() {
    let dev = Dev::start(&[]).await;
    let payment = dev.order("order-1").await;
    dev.buy(&payment).await;
    let chapter_of_cancellation = chapter("docs/shop.md", "### A cancellation");
    let shown = blocks(&chapter_of_cancellation).remove(0);
    let cancel =
        json!({ "amount": { "total": shown["amount"]["total"] }, "reason": shown["reason"] });
    let told = dev.cancel(&payment, "key-1", cancel).await;
    let cancellation = &told["cancellations"][0];
    assert_of_one_form(&shown, cancellation);
    assert_eq!(told["cancellation_id"], cancellation["id"]);
    for member in ["object", "status", "amount", "reason", "outside", "failure"] {
        assert_eq!(cancellation[member], shown[member], "{member}");
    }
    let rows: BTreeSet<_> = cells(&chapter_of_cancellation, 0)
        .concat()
        .into_iter()
        .collect();
    assert_eq!(rows, names(&shown));

    let refused = dev.order("order-2").await;
    dev.pay(&refused, "short_of_balance").await;
    let failed = dev.until(&refused, "failed").await;
    let shown = blocks(&chapter("docs/shop.md", "### Why it failed")).remove(0);
    assert_eq!(failed["failure"], shown);
}

#[tokio::test]
async fn what_the_api_shows_of_webhooks_and_events_is_what_danpay_tells() {
    const API: &str = "docs/api.md";
    let (url, mut hook) = listen::hook().await;
    let dev = Dev::start(&[]).await;
    assert_of_one_form(
        &blocks(&chapter(API, "## Which shop a key opens"))[0],
        &dev.api("/v1/shop", None).await,
    );
    let endpoint = json!({ "url": url, "events": ["payment.approved"], "description": "orders" });
    let made = dev.api("/v1/webhook_endpoints", Some(endpoint)).await;
    listen::signed_with(made["secret"].as_str().unwrap());
    let shown = blocks(&chapter(API, "### Endpoints"));
    assert_of_one_form(&shown[0], &made);
    let ping = format!(
        "/v1/webhook_endpoints/{}/ping",
        made["id"].as_str().unwrap()
    );
    let ping = dev.api(&ping, Some(json!({}))).await;
    assert_of_one_form(&shown[1], &ping);
    listen::received(&mut hook).await;

    let payment = dev.order("order-1").await;
    dev.buy(&payment).await;
    let (_, message) = listen::received(&mut hook).await;
    let mut shown = blocks(&chapter(API, "### The message")).remove(0);
    // Whose card it was, KakaoPay tells more or less of.
    shown["data"]["card_info"] = Value::Null;
    // This one has neither, and needs none.
    shown["data"]["return_url"] = Value::Null;
    shown["data"]["metadata"] = json!({});
    assert_of_one_form(&shown, &message);
    let event = dev.api("/v1/events?limit=2", None).await["data"][1].take();
    let mut shown = blocks(&chapter(API, "## Events")).remove(0);
    // It is cut short there.
    shown["payment"] = event["payment"].clone();
    assert_of_one_form(&shown, &event);

    let wrong = json!({ "order_id": "order-2", "user_id": "u", "item_name": "초코파이", "amount": { "total": 0 } });
    let mut problem = dev.api("/v1/payments", Some(wrong)).await;
    let mut shown = blocks(&chapter(API, "## Problems")).remove(0);
    for problem in [&mut problem, &mut shown] {
        assert!(problem["request_id"].take().is_string());
        assert!(problem["type"].take().is_string());
    }
    assert_eq!(problem, shown);
}

#[test]
fn both_languages_show_the_same_json() {
    for name in ["shop.md", "api.md", "sandbox.md", "operations.md"] {
        let english = blocks(&document(&format!("docs/{name}")));
        let korean = blocks(&document(&format!("docs/ko/{name}")));
        assert_eq!(english, korean, "{name}");
    }
}

/// A file of a sample, in whatever folder of it.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let whole = folder.join(name);
    if whole.is_file() {
        return Some(whole);
    }
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders = entries.filter(|path| path.is_dir() && !path.ends_with("target"));
    folders.find_map(|folder| found(&folder, name))
}

/// Whether a word of code is there as a name or an address: what follows it is no prose.
fn names_something(code: &str, word: &str) -> bool {
    let mut pieces = code.split(word);
    let mut before = pieces.next().unwrap();
    pieces.any(|after| {
        let begins = before.ends_with([' ', '.', '"', '\n']);
        before = after;
        begins
            && ["(", " = ", " {", "\"", ": "]
                .iter()
                .any(|mark| after.starts_with(mark))
    })
}

#[test]
fn what_the_guide_says_of_the_samples_stands_there() {
    let languages = ["node", "python", "spring", "php"];
    for (document, heading) in [
        ("docs/shop.md", "## A whole shop to copy from"),
        ("docs/ko/shop.md", "## 가져다 쓸 수 있는 상점"),
    ] {
        let chapter = chapter(document, heading);
        for (column, language) in (1..).zip(languages) {
            let sample = Path::new(ROOT).join("samples").join(language);
            let steps = cells(&chapter, column);
            assert!(steps.len() > 10, "{steps:?}");
            for step in steps.concat().chunks(2) {
                let [file, word] = step else {
                    unreachable!("no file and word: {step:?}");
                };
                let code = found(&sample, file).map(|file| fs::read_to_string(file).unwrap());
                let code = code.unwrap_or_default();
                assert!(
                    names_something(&code, word),
                    "{document}: {word} is not in {language}'s {file}"
                );
            }
        }
    }
}
