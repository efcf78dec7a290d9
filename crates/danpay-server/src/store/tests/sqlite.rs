//! What only SQLite does.

use super::*;

fn place() -> (Place, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (Place::Sqlite(folder), path)
}

#[tokio::test]
async fn a_settled_payments_token_is_nowhere_in_the_file() {
    let (place, folder) = place();
    let books = Books::on(place).await;
    let ready = new_payment(1);
    books.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    books.store.commit(step(claim.clone())).await.unwrap();
    let quit = decided(&claim.payment, quit_at(120), at(120));
    assert_eq!(quit.payment.status(), Status::Quit);
    books.store.commit(step(quit)).await.unwrap();
    // Closing the file folds its write-ahead log into it.
    drop(books.store);
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(token().expose()));
    }
}

#[tokio::test]
async fn one_process_at_a_time_has_the_file() {
    let books = Books::sqlite().await;
    let second = books.place.open().await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    drop(books.restart().await);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (place, folder) = place();
    let Books { store, place } = Books::on(place).await;
    drop(store);
    let newer = rusqlite::Connection::open(folder.join("books.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let refused = place.open().await;
    assert!(matches!(refused, Err(OpenError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_says_so() {
    for bad in [
        "",
        "books.db",
        "sqlite:",
        "mysql://localhost/x",
        "sqlite:a?mode=memory",
    ] {
        let refused = open_at(bad).await;
        assert!(matches!(refused, Err(OpenError::Address)), "{bad}");
    }
    let missing = open_at("sqlite:/nowhere/books.db").await;
    assert!(
        matches!(missing, Err(OpenError::Failed { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn the_log_begins_anew_however_long_writing_goes_on() {
    let (place, folder) = place();
    let books = Books::on(place).await;
    let ready = new_payment(1);
    books.store.create(new(ready.clone())).await.unwrap();
    let id = ready.payment.id;
    // At least two pages of 4 KiB each.
    for number in 0..3_000 {
        books
            .store
            .ask(LookSoon {
                payment: of(id),
                at: at(-number),
            })
            .await
            .unwrap();
    }
    let log = std::fs::metadata(folder.join("books.db-wal"))
        .unwrap()
        .len();
    assert!(log < 8 << 20, "{log}");
}
