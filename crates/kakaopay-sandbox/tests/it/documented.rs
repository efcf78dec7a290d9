//! What the sandbox's pages in `docs/` list by name is what the sandbox knows.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, text};

/// In English and in Korean.
const PAGES: [&str; 2] = ["sandbox.md", "ko/sandbox.md"];

fn page(name: &str) -> String {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    std::fs::read_to_string(format!("{docs}/{name}")).unwrap()
}

/// What stands between backticks.
fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[tokio::test]
async fn every_field_of_the_ledger_is_in_its_table_and_no_other() {
    let shop = Shop::open().await;
    let tid = shop.approved(json!({})).await;
    let record = shop.at(&format!("/_sandbox/payments/{tid}"));
    let record: Value = shop.get(&record).await.json().await.unwrap();
    let keys = |of: &Value| -> Vec<String> { of.as_object().unwrap().keys().cloned().collect() };
    let (mut fields, entry) = (keys(&record), keys(&record["entries"][0]));
    fields.sort_unstable();
    for name in PAGES {
        let page = page(name);
        let rows = page.split(r#"`{"payments":[…]}`"#).nth(1).unwrap();
        let rows = rows.lines().skip_while(|line| !line.starts_with("| `"));
        let rows: Vec<_> = rows.take_while(|line| line.starts_with("| `")).collect();
        let cells = rows.iter().map(|row| row.split('|').collect::<Vec<_>>());
        let cells: Vec<_> = cells.map(|cells| (cells[1], cells[2])).collect();
        let mut told: Vec<_> = cells.iter().flat_map(|(field, _)| names(field)).collect();
        told.sort_unstable();
        assert_eq!(told, fields, "{name}");
        let (_, entries) = cells
            .iter()
            .find(|(field, _)| names(field) == ["entries"])
            .unwrap();
        for field in &entry {
            assert!(
                names(entries).contains(&field.as_str()),
                "{name}: entries.{field}"
            );
        }
    }
}

#[tokio::test]
async fn every_endpoint_of_a_fault_is_told() {
    let shop = Shop::open().await;
    let fault = json!({ "endpoint": "nowhere", "fault": "reset_before" });
    let call = shop.request(Method::POST, "/_sandbox/faults").json(&fault);
    let refused = call.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused: Value = refused.json().await.unwrap();
    let error = text(&refused["error"]);
    let (_, known) = error.split_once("expected one of ").unwrap();
    assert!(names(known).contains(&"order"), "{error}");
    for name in PAGES {
        let page = page(name);
        let told = page.split("`endpoint`").nth(1).unwrap();
        let told: Vec<_> = names(told).into_iter().take(names(known).len()).collect();
        assert_eq!(told, names(known), "{name}");
    }
}
