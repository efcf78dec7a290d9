//! What only PostgreSQL does.

use super::*;

fn database() -> String {
    CLUSTER.create_database().unwrap()
}

#[tokio::test]
async fn of_many_servers_that_start_at_once_one_makes_the_tables() {
    let place = Place::Postgres(database());
    let url = place.url();
    let opening = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&url).await.unwrap() })
    });
    let opening: Vec<_> = opening.collect();
    for opened in opening {
        opened.await.unwrap().ping().await.unwrap();
    }
    let books = Books::on(place).await;
    assert_eq!(
        books
            .outsider("select count(*) from danpay_migrations")
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn a_database_whose_tables_it_does_not_know_is_left_alone() {
    let books = Books::postgres().await;
    let newer = "insert into danpay_migrations (version, works_with) values (98, 1), (99, 50)";
    books.outsider(newer).unwrap();
    let refused = Store::open(&books.place.url()).await;
    assert!(matches!(refused, Err(OpenError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn the_password_is_in_no_error_and_no_debug_output() {
    let name = database();
    let url = CLUSTER.tcp_url(&name);
    let store = Store::open(&url).await.unwrap();
    let shown = format!("{store:?}");
    assert!(
        shown.contains(&name) && !shown.contains(CLUSTER.password()),
        "{shown}"
    );
    let elsewhere = [
        url.replace(&name, "nowhere"),
        url.replace("postgres://danpay", "postgres://nobody"),
        url.replace("127.0.0.1", "127.0.0.1.invalid"),
        format!("{url}?sslmode=nonsense"),
        format!("{url}?no_such_option=1"),
    ];
    for url in elsewhere {
        let error = Store::open(&url).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CLUSTER.password()), "{shown}");
    }
}

#[tokio::test]
async fn events_lie_in_the_month_of_their_payment() {
    let books = Books::postgres().await;
    books.store.prepare_ahead(start()).await.unwrap();
    books.store.prepare_ahead(start()).await.unwrap();
    books.store.create(new_payment(1), None).await.unwrap();
    // 2027-01-15, from which the ids of these tests are made.
    let lie = "select distinct tableoid::regclass from events";
    assert_eq!(books.outsider(lie).unwrap(), "events_2027_01");
    let partitions = "select count(*) from pg_inherits where inhparent = 'events'::regclass";
    assert_eq!(books.outsider(partitions).unwrap(), "4");
    assert_eq!(books.store.events(id(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_stays_on_its_page_and_costs_no_index_anything() {
    let books = Books::postgres().await;
    let ready = new_payment(1);
    books.store.create(ready.clone(), None).await.unwrap();
    let claim = decided(&ready.payment, Command::Return(token()), at(60));
    books.store.commit(claim.clone(), None).await.unwrap();
    let quit = decided(&claim.payment, quit_at(120), at(120));
    books.store.commit(quit, None).await.unwrap();
    // What a session has counted is told when it ends.
    let Books { store, place } = books;
    drop(store);
    let books = Books::on(place).await;
    let counted = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables
                   where relname = 'payments'";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while books.outsider(counted).unwrap() != "2|2" {
        assert!(
            std::time::Instant::now() < deadline,
            "{:?}",
            books.outsider(counted)
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
