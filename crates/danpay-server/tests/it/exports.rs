//! Lists as CSV: all the rows, with what the JSON has.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::time::Duration;

use danpay_server::{Admin, Clock, Create};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Download, PATIENCE, Payment, Receiver, World, log, read};
use crate::webhooks::is_delivered;

/// The cells of a row that are not empty, by their columns.
type Row = BTreeMap<String, String>;

fn rows(file: &str) -> Vec<Row> {
    let file = file.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| {
        let cells = row.unwrap().into_iter();
        cells.filter(|(_, cell)| !cell.is_empty()).collect()
    })
    .collect()
}

async fn ask(world: &World, method: Method, path: &str, accept: &str) -> Response {
    let request = world.request(method, path).header("accept", accept);
    request.send().await.unwrap()
}

async fn file(world: &World, path: &str) -> String {
    let response = ask(world, Method::GET, path, "text/csv").await;
    assert_eq!(response.status(), StatusCode::OK);
    response.text().await.unwrap()
}

async fn list(world: &World, path: &str) -> Vec<Value> {
    let (status, page) = read(ask(world, Method::GET, path, "*/*").await).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["data"].as_array().unwrap().clone()
}

/// What a row has of this, but for what is of the file alone.
fn flat(value: &Value, name: &str, row: &mut Row) {
    match value {
        Value::Object(members) if !name.ends_with("metadata") => {
            for (member, value) in members {
                let name = if name.is_empty() {
                    member.clone()
                } else {
                    format!("{name}.{member}")
                };
                if member != "object" && member != "cancellations_truncated" {
                    flat(value, &name, row);
                }
            }
        }
        Value::Null => {}
        Value::String(text) => {
            row.insert(name.to_owned(), text.clone());
        }
        value => {
            row.insert(name.to_owned(), value.to_string());
        }
    }
}

fn flattened(list: &[Value]) -> Vec<Row> {
    let rows = list.iter().map(|value| {
        let mut row = Row::from([("damaged".to_owned(), "false".to_owned())]);
        flat(value, "", &mut row);
        row
    });
    rows.collect()
}

/// A payment of about 30 KB, so that few of them fill what is on its way to a reader.
pub(crate) async fn large(world: &World) -> Payment {
    let value = "가".repeat(500);
    let metadata: BTreeMap<_, _> = (0..20)
        .map(|number| (format!("key-{number}"), &value))
        .collect();
    world.create(json!({ "metadata": metadata })).await
}

/// Several of a file's pages, of which the last is not read yet when the first begins to arrive.
async fn many(world: &World) -> BTreeSet<String> {
    let payment = large(world).await;
    world.database.multiply(payment.id(), 500);
    let ids: BTreeSet<_> = ids(&file(world, "/v1/payments").await)
        .into_iter()
        .collect();
    assert_eq!(ids.len(), 501);
    ids
}

fn ids(file: &str) -> Vec<String> {
    let rows = rows(file).into_iter();
    rows.map(|mut row| row.remove("id").unwrap()).collect()
}

#[tokio::test]
async fn a_file_has_what_the_list_has() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    world.add_endpoint(&receiver.url, json!({})).await;
    let paid = world.create(json!({ "item_name": "초코,\"파이\"" })).await;
    world.visit(&world.pay(&paid)).await.onward();
    world
        .cancel(&paid, json!({ "amount": { "total": 700 } }))
        .await;
    world
        .create(json!({ "metadata": { "a.b": "=1", "c": "-\"y" } }))
        .await;
    let failed = world.create(json!({})).await;
    let back = world.sandbox.play(failed.tid(), "card_refused").unwrap();
    world.visit(&back).await;
    assert_eq!(world.payment(failed.id()).await.status(), "failed");
    let sent = world.until_deliveries("", is_delivered).await;
    assert!(sent.len() >= 5, "{sent:?}");

    let listed = list(&world, "/v1/payments").await;
    let mut expected = flattened(&listed);
    for row in &mut expected {
        for name in ["created_at", "approved_at"] {
            let Some(at) = row.get(name) else { continue };
            let at: jiff::Timestamp = at.parse().unwrap();
            let there = jiff::tz::offset(9).to_datetime(at);
            let there = there.strftime("%Y-%m-%d %H:%M:%S").to_string();
            row.insert(format!("{name}_korea"), there);
        }
    }
    assert_eq!(rows(&file(&world, "/v1/payments").await), expected);
    let approved = file(&world, "/v1/payments?status=partially_canceled").await;
    assert_eq!(ids(&approved), [paid.id()]);

    // On PostgreSQL an event is listed a moment later.
    let deadline = std::time::Instant::now() + PATIENCE;
    let events = loop {
        let events = list(&world, "/v1/events").await;
        if events.len() >= 5 {
            break events;
        }
        assert!(std::time::Instant::now() < deadline, "{events:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let expected = flattened(&events);
    assert_eq!(rows(&file(&world, "/v1/events").await), expected);
    let second = format!("/v1/events?after={}", expected[1]["id"]);
    assert_eq!(rows(&file(&world, &second).await), expected[2..]);

    let deliveries = list(&world, "/v1/webhook_deliveries").await;
    let expected = flattened(&deliveries);
    assert_eq!(
        rows(&file(&world, "/v1/webhook_deliveries").await),
        expected
    );
    let cursor = format!("/v1/webhook_deliveries?cursor={}", expected[1]["id"]);
    assert_eq!(rows(&file(&world, &cursor).await), expected[2..]);
}

#[tokio::test]
async fn who_asks_for_a_file_gets_one_and_everybody_else_gets_json() {
    let world = World::new().await;
    let harmful = world.create(json!({ "item_name": "=HYPERLINK(1)" })).await;
    for path in ["/v1/payments", "/v1/events", "/v1/webhook_deliveries"] {
        let name = path.strip_prefix("/v1/").unwrap();
        for method in [Method::GET, Method::HEAD, Method::HEAD, Method::HEAD] {
            let answer = ask(&world, method.clone(), path, "text/csv, */*;q=0.5").await;
            assert_eq!(answer.status(), StatusCode::OK);
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(
                header("content-type"),
                "text/csv; charset=utf-8; header=present"
            );
            assert_eq!(header("vary"), "Accept");
            assert_eq!(header("cache-control"), "no-store");
            let disposition = header("content-disposition");
            let begins = format!("attachment; filename=\"{name}-2");
            assert!(disposition.starts_with(&begins), "{disposition}");
            assert!(disposition.ends_with("Z.csv\""), "{disposition}");
            let file = answer.text().await.unwrap();
            if method == Method::HEAD {
                assert_eq!(file, "");
                continue;
            }
            assert!(file.starts_with("\u{feff}id,"), "{file}");
            assert_eq!(file.matches('\n').count(), file.matches("\r\n").count());
            assert!(file.ends_with("\r\n"));
        }
        for accept in [
            "*/*",
            "application/json",
            "text/csv;q=0.5, application/json",
        ] {
            let answer = ask(&world, Method::GET, path, accept).await;
            assert_eq!(answer.headers()["vary"], "Accept");
            assert_eq!(answer.headers()["content-type"], "application/json");
        }
    }
    let rows = rows(&file(&world, "/v1/payments").await);
    assert_eq!(rows[0]["id"], harmful.id());
    assert_eq!(rows[0]["item_name"], "'=HYPERLINK(1)");
    // A page means nothing in a file, and an empty one would look like one.
    for (path, named) in [
        ("/v1/payments?limit=100", "limit"),
        ("/v1/payments?status=paid", "status"),
        ("/v1/events?limit=1", "limit"),
        ("/v1/events?wait=1", "wait"),
        ("/v1/events?after=latest", "after"),
        ("/v1/webhook_deliveries?limit=1", "limit"),
    ] {
        let (status, problem) = read(ask(&world, Method::GET, path, "text/csv").await).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], named, "{path}");
    }
}

#[tokio::test]
async fn a_file_of_many_pages_has_each_row_once_whatever_is_created_meanwhile() {
    let world = World::new().await;
    let before = many(&world).await;
    let download = Download::begin(&world, "/v1/payments").await;
    let meanwhile = large(&world).await;
    let last = before.first().unwrap();
    world.database.damage(last);
    let file = download.rest().await.unwrap();
    let read = ids(&file);
    let once: BTreeSet<_> = read.iter().cloned().collect();
    assert_eq!((read.len(), &once), (501, &before));
    assert!(!once.contains(meanwhile.id()));
    // What was damaged before it was read has its id, and says so.
    let damaged = rows(&file).into_iter().find(|row| row["id"] == *last);
    let expected = [("id", last.as_str()), ("damaged", "true")];
    let expected = expected.map(|(name, cell)| (name.to_owned(), cell.to_owned()));
    assert_eq!(damaged.unwrap(), Row::from(expected));
    // Where one was broken off, it goes on.
    let cursor = format!("/v1/payments?cursor={}", read[299]);
    let rest: BTreeSet<_> = ids(&self::file(&world, &cursor).await)
        .into_iter()
        .collect();
    assert_eq!(rest, read[300..].iter().cloned().collect());
}

#[tokio::test]
async fn a_shop_reads_two_files_at_once_and_no_more() {
    let world = World::new().await;
    many(&world).await;
    let first = Download::begin(&world, "/v1/payments").await;
    let second = Download::begin(&world, "/v1/payments").await;
    let refused = ask(&world, Method::GET, "/v1/events", "text/csv").await;
    assert_eq!(refused.headers()["retry-after"], "30");
    let (status, problem) = read(refused).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(problem["code"], "too_many_exports");
    assert_eq!(list(&world, "/v1/payments?limit=1").await.len(), 1);
    // Whoever goes away leaves a place.
    drop(first);
    let deadline = std::time::Instant::now() + PATIENCE;
    while ask(&world, Method::GET, "/v1/events", "text/csv")
        .await
        .status()
        != StatusCode::OK
    {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    second.rest().await.unwrap();
}

#[tokio::test]
async fn a_file_whose_key_is_revoked_is_broken_off_and_does_not_look_whole() {
    let world = World::new().await;
    many(&world).await;
    let download = Download::begin(&world, "/v1/payments").await;
    let admin = Admin::open(&world.config, Clock::system(), Create::No);
    let admin = admin.await.unwrap();
    let shop = admin.first_shop().await.unwrap();
    assert!(admin.revoke_key(shop, "first").await.unwrap());
    world.sandbox.advance_clock(Duration::from_secs(4));
    let broken = download.rest().await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
    assert!(log().contains("a CSV file was broken off"));
}

#[tokio::test]
async fn a_server_that_stops_lets_a_file_end_as_it_lets_a_request_end() {
    let mut world = World::new().await;
    let before = many(&world).await;
    let begun = large(&world).await;
    let download = Download::begin(&world, &format!("/v1/payments?cursor={}", begun.id())).await;
    world.begin_to_stop();
    let read = ids(&download.rest().await.unwrap());
    assert_eq!(read.len(), before.len());
    world.stopped().await;
}
