//! Payments in pages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, read};

async fn list(world: &World, query: &str) -> (StatusCode, Value) {
    let request = world.request(Method::GET, &format!("/v1/payments{query}"));
    read(request.send().await.unwrap()).await
}

fn ids(list: &Value) -> Vec<&str> {
    let payments = list["data"].as_array().unwrap().iter();
    payments
        .map(|payment| payment["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_shop_walks_through_its_payments_the_newest_first() {
    let world = World::new().await;
    let mut created = Vec::new();
    for number in 0..5 {
        let order = json!({ "order_id": format!("order-{}", number % 2) });
        created.push(world.create(order).await.id().to_owned());
    }
    created.reverse();

    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let (status, page) = list(&world, &query).await;
        assert_eq!((status, &page["object"]), (StatusCode::OK, &json!("list")));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, created);

    let (_, all) = list(&world, "").await;
    assert_eq!(ids(&all), created);
    assert_eq!(all["next_cursor"], Value::Null);
    let (_, first) = list(&world, "?order_id=order-1").await;
    assert_eq!(ids(&first), [&created[1], &created[3]]);
    // What a list shows of a payment is what it shows alone.
    assert_eq!(first["data"][0], world.payment(&created[1]).await.0);
}

#[tokio::test]
async fn a_list_leaves_what_the_shop_asks_for() {
    let world = World::new().await;
    let paid = world.create(json!({ "user_id": "a" })).await;
    world.visit(&world.pay(&paid)).await.onward();
    let open = world.create(json!({ "user_id": "b" })).await;
    let taken_back = world.create(json!({ "user_id": "b" })).await;
    world.act(&taken_back, "withdraw", "", Value::Null).await;
    let (paid, open, taken_back) = (paid.id(), open.id(), taken_back.id());

    let created = world.payment(open).await.0["created_at"].clone();
    let created: jiff::Timestamp = created.as_str().unwrap().parse().unwrap();
    let korea = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    let today = korea.to_datetime(created).date();
    let (before, after) = (today.yesterday().unwrap(), today.tomorrow().unwrap());
    let all = [taken_back, open, paid];
    for (query, expected) in [
        ("user_id=b".to_owned(), &all[..2]),
        ("status=approved".to_owned(), &all[2..]),
        ("status=withdrawn&user_id=b".to_owned(), &all[..1]),
        ("status=withdrawn&user_id=a".to_owned(), &all[..0]),
        ("needs_review=false".to_owned(), &all[..]),
        ("needs_review=true".to_owned(), &all[..0]),
        ("cid=TC0ONETIME".to_owned(), &all[..]),
        ("cid=CT00000001".to_owned(), &all[..0]),
        (
            format!("created_from={before}&created_to={after}"),
            &all[..],
        ),
        (format!("created_from={after}"), &all[..0]),
        (format!("created_to={before}"), &all[..0]),
        (format!("created_to={created}&limit=1"), &all[2..]),
        (format!("created_from={created}&user_id=b"), &all[..2]),
    ] {
        let (status, page) = list(&world, &format!("?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {page}");
        assert_eq!(ids(&page), expected, "{query}");
        assert_eq!(page["next_cursor"], Value::Null, "{query}");
    }
    let (_, first) = list(&world, "?user_id=b&limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = list(&world, &format!("?user_id=b&limit=1&cursor={cursor}")).await;
    assert_eq!((ids(&first), ids(&second)), (vec![taken_back], vec![open]));
}

#[tokio::test]
async fn all_that_is_wrong_with_a_filter_is_named() {
    let world = World::new().await;
    let query = "?limit=0&cursor=x&order_id=&user_id=&status=paid&cid=가&needs_review=1\
                 &created_from=yesterday&created_to=2026-02-30";
    let (status, problem) = list(&world, query).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let errors = problem["errors"].as_array().unwrap().iter();
    let mut named: Vec<_> = errors
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "cid",
            "created_from",
            "created_to",
            "cursor",
            "limit",
            "needs_review",
            "order_id",
            "status",
            "user_id"
        ]
    );
    let (_, problem) = list(&world, "?created_from=2026-11-26&created_to=2026-11-25").await;
    assert_eq!(problem["errors"][0]["field"], "created_to");
    let (status, _) = list(&world, "?created_from=2026-11-26&created_to=2026-11-26").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_by_name() {
    let world = World::new().await;
    for (query, named) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?cursor=pay_1", "cursor"),
        ("?order_id=", "order_id"),
    ] {
        let (status, problem) = list(&world, query).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], named, "{problem}");
    }
    for query in ["?limit=x", "?page=2"] {
        let (status, problem) = list(&world, query).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!("query_unreadable"))
        );
    }
}
