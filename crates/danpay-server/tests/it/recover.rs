//! A database restored from an older backup is brought up to what KakaoPay holds.

use std::time::Duration;

use danpay_server::{Admin, Clock, Create, Logged, Recovered, Server};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Payment, World};

async fn pay(world: &World, payment: &Payment) {
    let back = world.pay(payment);
    // A restarted server has another port here.
    let (_, path) = back.split_once("/return/").unwrap();
    world.visit(&format!("{}/return/{path}", world.url)).await;
    assert_eq!(world.payment(payment.id()).await.status(), "approved");
}

async fn cancel(world: &World, payment: &Payment, total: u64) {
    let asked = json!({ "amount": { "total": total } });
    let (status, body) = world.cancel(payment, asked).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

fn logged(payment: &Payment) -> Logged {
    Logged {
        shop_id: None,
        id: payment.id().parse().unwrap(),
        tid: payment.tid().to_owned(),
    }
}

async fn matches_the_ledger(world: &World, payment: &Payment) {
    let (booked, ledger) = (
        world.payment(payment.id()).await.0,
        world.at_kakaopay(payment),
    );
    assert_eq!(booked["tid"], ledger.tid);
    assert_eq!(booked["order_id"], ledger.order_id);
    assert_eq!(booked["amount"]["total"], ledger.total);
    assert_eq!(booked["amount"]["vat"], ledger.vat);
    assert_eq!(booked["canceled_amount"]["total"], ledger.canceled_total);
    assert_eq!(booked["aid"], json!(ledger.aid));
}

#[tokio::test]
async fn what_moved_on_since_the_backup_and_what_the_backup_lacks_are_booked() {
    let mut world = World::new().await;
    let canceled_later = world.create(json!({ "order_id": "canceled-later" })).await;
    pay(&world, &canceled_later).await;
    let paid_later = world.create(json!({ "order_id": "paid-later" })).await;
    let as_it_was = world.create(json!({ "order_id": "as-it-was" })).await;
    pay(&world, &as_it_was).await;
    world.stop().await;
    world.database.back_up();

    world.start().await;
    pay(&world, &paid_later).await;
    cancel(&world, &canceled_later, 700).await;
    let lost_and_paid = world.create(json!({ "order_id": "lost-and-paid" })).await;
    pay(&world, &lost_and_paid).await;
    let lost_and_open = world.create(json!({ "order_id": "lost-and-open" })).await;
    world.stop().await;
    world.database.put_back();

    let clock = Clock::from_fn(world.sandbox.clock());
    let server = Server::open(&world.config, clock).await.unwrap();
    for lost in [&lost_and_paid, &lost_and_open] {
        let recovered = server.recover_logged(logged(lost)).await.unwrap();
        assert_eq!(recovered, Recovered::Added(logged(lost).id));
    }
    let unknown = Logged {
        tid: "T0000000000000000000".to_owned(),
        ..logged(&as_it_was)
    };
    let recovered = server.recover_logged(unknown).await.unwrap();
    assert!(
        matches!(recovered, Recovered::Unresolved(..)),
        "{recovered:?}"
    );
    let since = world.sandbox.clock()() - Duration::from_hours(1);
    let recover = async || {
        let (mut changed, mut others) = (Vec::new(), 0);
        let tell = |recovered| match recovered {
            Recovered::Changed(id) => changed.push(id),
            _ => others += 1,
        };
        server.recover_since(Some(since), tell).await.unwrap();
        (changed, others)
    };
    // The newest first.
    let expected = [logged(&paid_later).id, logged(&canceled_later).id];
    assert_eq!(recover().await, (expected.to_vec(), 3));
    assert_eq!(recover().await, (vec![], 5), "a second run changes nothing");
    drop(server);

    world.start().await;
    for payment in [&canceled_later, &paid_later, &as_it_was, &lost_and_paid] {
        matches_the_ledger(&world, payment).await;
    }
    let events = world.steps(lost_and_paid.id());
    assert_eq!(events, ["payment.restored", "payment.approved"]);
    // The payer of the lost one is still at KakaoPay, comes back and pays.
    assert_eq!(world.payment(lost_and_open.id()).await.status(), "ready");
    let checkout = format!("{}/pay/{}", world.url, lost_and_open.id());
    let shown = world.visit(&checkout).await;
    assert_eq!(shown.onward(), world.result_url(&lost_and_open));
    let page = world.visit(shown.onward()).await;
    assert!(page.shows("not-yet-paid") && !page.shows("pay-on"));
    pay(&world, &lost_and_open).await;
    matches_the_ledger(&world, &lost_and_open).await;
}

#[tokio::test]
async fn a_cancellation_that_the_backup_lacks_is_not_made_a_second_time() {
    let mut world = World::new().await;
    let payment = world.create(json!({})).await;
    pay(&world, &payment).await;
    world.stop().await;
    world.database.back_up();
    world.start().await;
    cancel(&world, &payment, 700).await;
    world.stop().await;
    world.database.put_back();

    // The shop repeats its request, and nobody has recovered the database yet.
    world.start().await;
    let asked = json!({ "amount": { "total": 700 } });
    let (status, problem) = world.cancel(&payment, asked).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["canceled_amount"]["total"], 700, "{problem}");
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 700);
    matches_the_ledger(&world, &payment).await;
}

#[tokio::test]
async fn a_restored_database_asks_for_what_was_open_then_however_late_the_operator_begins() {
    let mut world = World::new().await;
    let open_then = world.create(json!({})).await;
    world.stop().await;
    world.database.back_up();
    world.start().await;
    pay(&world, &open_then).await;
    world.stop().await;
    world.database.put_back();

    let clock = Clock::from_fn(world.sandbox.clock());
    let admin = Admin::open(&world.config, clock.clone(), Create::No).await;
    admin.unwrap().mark_restored().await.unwrap();
    let server = Server::open(&world.config, clock).await.unwrap();
    assert!(server.is_restored().await.unwrap());
    let too_late = world.sandbox.clock()() + Duration::from_hours(1);
    let mut told = Vec::new();
    let tell = |recovered| told.push(recovered);
    server.recover_since(Some(too_late), tell).await.unwrap();
    assert_eq!(told, [Recovered::Changed(logged(&open_then).id)]);
    server.clear_restored().await.unwrap();
    drop(server);
    world.start().await;
    matches_the_ledger(&world, &open_then).await;
}
