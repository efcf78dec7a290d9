//! How a PostgreSQL server is found and known.

use std::path::Path;

use super::*;

#[tokio::test]
async fn the_password_is_in_no_error_and_no_debug_output() {
    let name = database();
    let url = CLUSTER.tcp_url(&name);
    let store = open_at(&url).await.unwrap();
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
        let error = open_at(&url).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CLUSTER.password()), "{shown}");
    }
}

/// A server that takes encrypted connections, and knows only `localhost`.
static ENCRYPTED: LazyLock<Cluster> =
    LazyLock::new(|| Cluster::start(&Settings::quick().with_tls()).unwrap());

async fn open_with(host: &str, query: &str) -> Result<Store, OpenError> {
    let url = ENCRYPTED.tcp_url("postgres").replace("127.0.0.1", host);
    open_at(&format!("{url}{query}")).await
}

fn verified_by(authority: &Path) -> String {
    format!("?sslmode=verify-full&sslrootcert={}", authority.display())
}

fn refusal(opened: Result<Store, OpenError>) -> String {
    match opened {
        Err(OpenError::Failed { problem, .. }) => problem,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_connection_is_encrypted_to_the_server_that_its_certificate_names() {
    let verified = verified_by(&ENCRYPTED.authority());
    let store = open_with("localhost", &verified).await.unwrap();
    store.ask(probe()).await.unwrap();
    let encrypted = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
                     where application_name = 'danpay'";
    assert_eq!(ENCRYPTED.sql("postgres", encrypted).unwrap(), "t");

    // The same server under a name that its certificate does not have.
    let problem = refusal(open_with("127.0.0.1", &verified).await);
    assert!(problem.contains("certificate"), "{problem}");
    // Somebody else's authority, and the machine's.
    let other = Cluster::start(&Settings::quick().with_tls()).unwrap();
    let problem = refusal(open_with("localhost", &verified_by(&other.authority())).await);
    assert!(problem.contains("certificate"), "{problem}");
    for query in ["?sslmode=verify-full", "?sslmode=require"] {
        let problem = refusal(open_with("localhost", query).await);
        assert!(problem.contains("certificate"), "{problem}");
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_not_spoken_to_in_the_clear_instead() {
    let name = database();
    let url = CLUSTER.tcp_url(&name);
    let encrypted = open_at(&format!("{url}?sslmode=verify-full")).await;
    let problem = refusal(encrypted);
    assert!(problem.contains("TLS"), "{problem}");
    open_at(&format!("{url}?sslmode=disable")).await.unwrap();
    let problem = refusal(open_at(&format!("{url}?sslmode=prefer")).await);
    assert!(problem.contains("verify-full"), "{problem}");
    let problem = refusal(open_at(&format!("{url}?sslmode=verify-full&sslrootcert=/no")).await);
    assert!(problem.contains("sslrootcert /no"), "{problem}");
}

#[tokio::test]
async fn two_shops_may_have_a_schema_each_in_one_database() {
    let name = database();
    for shop in ["one", "two"] {
        CLUSTER
            .sql(&name, &format!("create schema {shop}"))
            .unwrap();
    }
    let open = async |shop: &str| {
        let url = CLUSTER.url(&name);
        open_at(&format!("{url}?options=-c%20search_path%3D{shop}"))
            .await
            .unwrap()
    };
    let (one, two) = (open("one").await, open("two").await);
    one.create(new(new_payment(1))).await.unwrap();
    two.create(keyed(new_payment(1), record(1, "k")))
        .await
        .unwrap();
    let claim = decided(&new_payment(1).payment, comes_back(), at(60));
    one.commit(step(claim)).await.unwrap();
    assert_eq!(
        one.ask(OfShop(of(id(1)))).await.unwrap().unwrap().version,
        2
    );
    assert_eq!(
        two.ask(OfShop(of(id(1)))).await.unwrap().unwrap().version,
        1
    );
    one.ask(PrepareAhead { now: start() }).await.unwrap();
    assert_eq!(one.ask(asked_under("k")).await.unwrap(), None);
}
