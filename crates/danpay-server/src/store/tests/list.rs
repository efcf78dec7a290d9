//! Lists that leave only some payments.

use super::claims::paid;
use super::*;
use crate::store::payments::LooksUntil;

every_store! {
    a_list_leaves_what_is_asked_for
    a_list_of_a_time_has_what_was_created_in_it
    a_page_looks_at_so_many_payments_and_no_further
}

async fn listed(database: &TestDatabase, filter: Filter) -> Vec<PaymentId> {
    let page = Page {
        filter,
        limit: 99,
        ..first_page()
    };
    let payments = database.store.ask(ListToShow(page)).await.unwrap();
    payments.into_iter().map(|one| one.unwrap().id).collect()
}

/// The first two of one order, one payer's own, one on another contract; one that was quit, one
/// that somebody has to look at.
async fn four_payments(database: &TestDatabase) {
    for n in 1..=4 {
        let mut payment = payment_of(n, if n < 3 { "주문-1" } else { "주문-2" });
        if n == 2 {
            payment.payment.order.user_id = "v".to_owned().try_into().unwrap();
        }
        if n == 3 {
            "CT00000003".clone_into(&mut payment.payment.cid);
        }
        database.store.create(new(payment)).await.unwrap();
    }
    let quit = decided(&database.payment(4).await, quit_at(120), at(120));
    database.store.commit(step(quit)).await.unwrap();
    let claim = decided(&database.payment(1).await, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();
    let mut odd = paid(&claim.payment);
    odd.user_id.push('x');
    let odd = Command::SettleApprove(danpay_core::ApproveAnswer::Paid(odd));
    let review = decided(&claim.payment, odd, at(61));
    assert!(review.payment.review.is_some());
    database.store.commit(step(review)).await.unwrap();
}

async fn a_list_leaves_what_is_asked_for(database: TestDatabase) {
    four_payments(&database).await;
    let of = |text: &str| Some(text.to_owned());
    let none = Filter::default;
    for (filter, expected) in [
        (none(), vec![4, 3, 2, 1]),
        (
            Filter {
                order_id: of("주문-1"),
                ..none()
            },
            vec![2, 1],
        ),
        (
            Filter {
                user_id: of("v"),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                user_id: of("u"),
                ..none()
            },
            vec![4, 3, 1],
        ),
        (
            Filter {
                order_id: of("주문-1"),
                user_id: of("u"),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                status: Some(Status::Quit),
                ..none()
            },
            vec![4],
        ),
        (
            Filter {
                status: Some(Status::Approving),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                status: Some(Status::Quit),
                order_id: of("주문-1"),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                status: Some(Status::Quit),
                user_id: of("u"),
                ..none()
            },
            vec![4],
        ),
        (
            Filter {
                cid: of("CT00000003"),
                ..none()
            },
            vec![3],
        ),
        (
            Filter {
                needs_review: Some(true),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                needs_review: Some(false),
                ..none()
            },
            vec![4, 3, 2],
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().map(id).collect();
        assert_eq!(
            listed(&database, filter.clone()).await,
            expected,
            "{filter:?}"
        );
    }
}

async fn a_list_of_a_time_has_what_was_created_in_it(database: TestDatabase) {
    // The id is from before KakaoPay was asked, the payment of when it answered.
    for n in 1..=3 {
        let mut payment = new_payment(n);
        let minutes = i64::from(n) * 60;
        payment.payment.id = PaymentId::new(at(minutes - 15), [n; 10]);
        payment.event.payment_id = payment.payment.id;
        payment.payment.created_at = at(minutes);
        payment.payment.expires_at = at(minutes + 900);
        database.store.create(new(payment)).await.unwrap();
    }
    let list = async |from: Option<i64>, before: Option<i64>| {
        let filter = Filter {
            created_from: from.map(at),
            created_before: before.map(at),
            ..Filter::default()
        };
        let ids = listed(&database, filter).await;
        let number = |id: PaymentId| id.as_bytes()[15];
        ids.into_iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(list(Some(60), None).await, [3, 2, 1]);
    assert_eq!(list(Some(61), None).await, [3, 2]);
    assert_eq!(list(None, Some(180)).await, [2, 1]);
    assert_eq!(list(None, Some(181)).await, [3, 2, 1]);
    assert_eq!(list(Some(120), Some(121)).await, [2]);
    assert!(list(Some(121), Some(180)).await.is_empty());
}

async fn a_page_looks_at_so_many_payments_and_no_further(database: TestDatabase) {
    for n in 1..=5 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let quit = decided(&database.payment(1).await, quit_at(120), at(120));
    database.store.commit(step(quit)).await.unwrap();
    let page = |after: Option<PaymentId>| Page {
        filter: Filter {
            status: Some(Status::Quit),
            ..Filter::default()
        },
        after,
        limit: 9,
        ..first_page()
    };
    let looks = async |after, most| {
        let page = page(after);
        database.store.ask(LooksUntil { page, most }).await.unwrap()
    };
    assert_eq!(looks(None, 2).await, Some(id(4)));
    assert_eq!(looks(Some(id(4)), 2).await, Some(id(2)));
    assert_eq!(looks(Some(id(2)), 2).await, None);
    let rows = async |until| {
        let page = Page {
            until,
            ..page(None)
        };
        database.store.ask(ListToShow(page)).await.unwrap().len()
    };
    assert_eq!((rows(Some(id(2))).await, rows(Some(id(1))).await), (0, 1));
}

#[tokio::test]
async fn each_list_has_its_index_in_sqlite() {
    let database = TestDatabase::sqlite().await;
    let Place::Sqlite(folder) = &database.place else {
        panic!("another place");
    };
    let file = rusqlite::Connection::open(folder.path().join("danpay.db")).unwrap();
    for (sql, index) in crate::store::sqlite::list::LISTS {
        let mut plan = file.prepare(&format!("explain query plan {sql}")).unwrap();
        let mut rows = plan.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
        }
        assert!(plan.contains(index), "{sql}: {plan}");
        assert!(plan.contains("id>? AND id<?"), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "it is sorted: {plan}");
    }
}

#[tokio::test]
async fn each_list_has_its_index_in_postgresql() {
    let database = TestDatabase::postgres().await;
    // A table without rows would be read as a whole.
    let session = "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off;
        set plan_cache_mode = force_generic_plan";
    for (prepare, parameters, index) in crate::store::postgres::list::lists() {
        let nulls = vec!["null"; parameters].join(", ");
        let explain = format!("{session}; {prepare}; explain execute list ({nulls})");
        let plan = database.outsider(&explain).unwrap();
        assert!(plan.contains(index), "{prepare}: {plan}");
        assert!(
            plan.contains("(id < $2) AND (id >= $3)"),
            "{prepare}: {plan}"
        );
    }
}
