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
