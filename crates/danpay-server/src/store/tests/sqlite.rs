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
    let database = TestDatabase::on(place).await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();
    let quit = decided(&claim.payment, quit_at(120), at(120));
    assert_eq!(quit.payment.status(), Status::Quit);
    database.store.commit(step(quit)).await.unwrap();
    // Closing the file folds its write-ahead log into it.
    drop(database.store);
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(token().expose()));
    }
}

#[tokio::test]
async fn what_was_erased_is_nowhere_in_the_file() {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let quit = decided(&ready.payment, quit_at(120), at(120));
    database.store.commit(step(quit.clone())).await.unwrap();
    let rest = CheckAt {
        payment: of(id(1)),
        version: quit.payment.version,
        at: None,
    };
    database.store.ask(rest).await.unwrap();
    let erase = Erase {
        before: at(3_600),
        after: None,
    };
    assert_eq!(database.store.ask(erase).await.unwrap().payments, 1);
    drop(database.store);
    let bytes = std::fs::read(folder.join("danpay.db")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("주문-1"));
    for gone in ["초코파이", "가을", "shop.example", "online-payment"] {
        assert!(!text.contains(gone), "{gone}");
    }
}

#[tokio::test]
async fn one_process_at_a_time_has_the_file() {
    let database = TestDatabase::sqlite().await;
    let second = database.place.open().await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    drop(database.restart().await);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (place, folder) = place();
    let TestDatabase { store, place } = TestDatabase::on(place).await;
    drop(store);
    let newer = rusqlite::Connection::open(folder.join("danpay.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let refused = place.open().await;
    assert!(matches!(refused, Err(OpenError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_says_so() {
    for bad in [
        "",
        "danpay.db",
        "sqlite:",
        "mysql://localhost/x",
        "sqlite:a?mode=memory",
    ] {
        let refused = open_at(bad).await;
        assert!(matches!(refused, Err(OpenError::Address)), "{bad}");
    }
    let missing = open_at("sqlite:/nowhere/danpay.db").await;
    assert!(
        matches!(missing, Err(OpenError::Failed { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn the_log_begins_anew_however_long_writing_goes_on() {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let id = ready.payment.id;
    // At least two pages of 4 KiB each.
    for number in 0..3_000 {
        database
            .store
            .ask(ScheduleCheck {
                payment: of(id),
                now: at(-number),
                at: at(-number),
            })
            .await
            .unwrap();
    }
    let log = std::fs::metadata(folder.join("danpay.db-wal"))
        .unwrap()
        .len();
    assert!(log < 8 << 20, "{log}");
}

#[tokio::test]
async fn the_log_is_cut_back_after_a_long_reader() {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let payment = of(ready.payment.id);
    let write = async |times: i64| {
        for number in 0..times {
            let at = at(-number);
            let soon = ScheduleCheck {
                payment,
                now: at,
                at,
            };
            database.store.ask(soon).await.unwrap();
        }
    };
    let length = || {
        let log = std::fs::metadata(folder.join("danpay.db-wal"));
        log.unwrap().len()
    };
    let reader = rusqlite::Connection::open(folder.join("danpay.db")).unwrap();
    reader
        .execute_batch("begin; select count(*) from payments")
        .unwrap();
    write(1_500).await;
    assert!(length() > 8 << 20, "{}", length());
    reader.execute_batch("rollback").unwrap();
    write(1_500).await;
    assert!(length() < 8 << 20, "{}", length());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_whole_while_payments_are_written_and_given_up_when_the_log_grows_too_long() {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    for number in 1..=50 {
        database
            .store
            .create(new(new_payment(number)))
            .await
            .unwrap();
    }
    let store = database.store.clone();
    let payment = of(id(1));
    let writing = tokio::spawn(async move {
        for number in 0.. {
            let at = at(-number);
            let soon = ScheduleCheck {
                payment,
                now: at,
                at,
            };
            store.ask(soon).await.unwrap();
        }
    });
    let from = folder.join("danpay.db");
    let copy = |name: &str, log_max: u64| {
        let (from, to) = (from.clone(), folder.join(name));
        tokio::task::spawn_blocking(move || crate::store::sqlite::backup(&from, &to, log_max))
    };
    copy("copy.db", u64::MAX).await.unwrap().unwrap();
    let given_up = copy("long.db", 0).await.unwrap().unwrap_err();
    writing.abort();
    assert!(given_up.to_string().contains("--log-max"), "{given_up}");
    let names = std::fs::read_dir(&*folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut copies: Vec<_> = names.filter(|name| !name.starts_with("danpay")).collect();
    copies.sort();
    assert_eq!(copies, ["copy.db"]);
    let read = rusqlite::Connection::open(folder.join("copy.db")).unwrap();
    let ask = |sql: &str| {
        read.query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(ask("pragma integrity_check"), "ok");
    assert_eq!(ask("pragma journal_mode"), "delete");
    assert_eq!(ask("select cast(count(*) as text) from payments"), "50");
}

/// What becomes of a database to whose files this is done while it is served: nothing is written and
/// nothing is read any more.
async fn spoil(spoil: impl FnOnce(&std::path::Path)) -> (Place, PathBuf) {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    database.store.create(new(new_payment(1))).await.unwrap();
    spoil(&folder.join("danpay.db"));
    for _ in 0..2 {
        let written = database.store.create(new(new_payment(2))).await;
        assert!(is_unavailable(&written), "{written:?}");
        let read = database.store.ask(OfShop(of(id(1)))).await;
        assert!(is_unavailable(&read), "{read:?}");
    }
    assert!(is_unavailable(&database.store.ask(probe()).await));
    let TestDatabase { store, place } = database;
    drop(store);
    (place, folder)
}

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn a_log_that_is_deleted_is_noticed_and_what_it_held_is_saved() {
    let delete = |path: &std::path::Path| {
        std::fs::remove_file(path.with_extension("db-wal")).unwrap();
    };
    let (place, _) = spoil(delete).await;
    let store = place.open().await.unwrap();
    assert!(store.ask(OfShop(of(id(1)))).await.unwrap().is_some());
}

/// What is still in the log would be written over what is done to the file.
fn empty_the_log(path: &std::path::Path) {
    let beside = rusqlite::Connection::open(path).unwrap();
    let is_busy = || {
        let left = "pragma wal_checkpoint(truncate)";
        beside.query_row(left, [], |row| row.get::<_, bool>(0))
    };
    // The server makes its own checkpoints.
    while is_busy().unwrap() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_overwritten_or_replaced_is_noticed() {
    spoil(|path| {
        empty_the_log(path);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(0).unwrap();
    })
    .await;
    spoil(|path| {
        use std::os::unix::fs::FileExt as _;
        empty_the_log(path);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(&[0; 4096], 0).unwrap();
    })
    .await;
    spoil(|path| {
        let other = path.with_extension("other");
        std::fs::copy(path, &other).unwrap();
        std::fs::rename(other, path).unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_new_database_is_made_in_the_place_of_an_old_one() {
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    database.store.create(new(new_payment(1))).await.unwrap();
    let TestDatabase { store, place } = database;
    drop(store);
    let path = folder.join("danpay.db");
    std::fs::rename(&path, folder.join("away")).unwrap();
    for _ in ["missing", "empty"] {
        let refused = place.open().await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("danpay.db.lock"), "{said}");
        std::fs::File::create(&path).unwrap();
    }
    std::fs::rename(folder.join("away"), &path).unwrap();
    let store = place.open().await.unwrap();
    assert!(store.ask(OfShop(of(id(1)))).await.unwrap().is_some());
}

#[tokio::test]
async fn all_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (place, folder) = place();
    let database = TestDatabase::on(place).await;
    database.store.create(new(new_payment(1))).await.unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file:?}");
        names.push(file.file_name());
    }
    assert_eq!(names.len(), 4, "{names:?}");
}
