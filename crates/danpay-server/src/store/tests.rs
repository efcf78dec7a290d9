//! What every store must do, and what only SQLite does.

use danpay_core::{
    Actor, Command, Context, Decision, EventId, Lookup, Opened, Order, PgToken, RedirectUrls,
    Status, decide, open,
};
use serde_json::json;
use tempfile::TempDir;

use super::*;

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn id(n: u8) -> PaymentId {
    PaymentId::new(start(), [n; 10])
}

/// A context whose event id is new each time.
fn context(now: Timestamp) -> Context {
    let random = crate::clock::Entropy::system().bytes().unwrap();
    let evidence = Some(json!({ "tid": "T1", "말": "증거" }));
    Context {
        now,
        by: Actor::Payer,
        jitter: danpay_core::Jitter::WHOLE,
        event_id: EventId::new(now, random),
        evidence,
    }
}

fn new_payment(n: u8) -> Change {
    let order: Order = serde_json::from_value(json!({
        "order_id": format!("주문-{n}"), "user_id": "u", "item_name": "초코파이", "item_code": null,
        "quantity": 1, "return_url": "https://shop.example/o?x=1", "approval": "automatic",
        "amount": { "total": 2200, "tax_free": 0, "vat": 200, "point": 0, "discount": 0,
                    "green_deposit": 0 },
        "metadata": { "coupon": "가을" },
    }))
    .unwrap();
    let url = |device: &str| format!("https://online-payment.kakaopay.com/{device}");
    let opened = Opened {
        id: id(n),
        livemode: false,
        cid: "TC0ONETIME".to_owned(),
        tid: format!("T{n:019}"),
        redirect: Some(RedirectUrls {
            pc: url("pc"),
            mobile: url("mobile"),
            app: url("app"),
        }),
        created_at: start(),
    };
    open(order, opened, context(start()))
}

fn token() -> PgToken {
    PgToken::new("5ecre7t0ken5ecre7t0k".to_owned()).unwrap()
}

fn decided(payment: &Payment, command: Command, now: Timestamp) -> Change {
    match decide(payment, command, context(now)) {
        Decision::Commit(change) => *change,
        other => panic!("nothing to commit: {other:?}"),
    }
}

fn record(n: u8, key: &str, answer: &str) -> Idempotency {
    Idempotency {
        key: key.to_owned(),
        request_hash: [7; 32],
        answer: Some(answer.to_owned()),
        payment_id: id(n),
        cancellation_id: None,
    }
}

struct Books {
    store: Store,
    folder: TempDir,
}

impl Books {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Self::url(&folder)).unwrap();
        Self { store, folder }
    }

    fn url(folder: &TempDir) -> String {
        format!("sqlite:{}", folder.path().join("books.db").display())
    }

    /// The same books after the process has stopped and started.
    fn restart(self) -> Self {
        let Self { store, folder } = self;
        drop(store);
        let store = Store::open(&Self::url(&folder)).unwrap();
        Self { store, folder }
    }

    async fn payment(&self, n: u8) -> Payment {
        self.store.payment(id(n)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_payment_reads_back_as_it_was_written_even_after_a_restart() {
    let books = Books::new();
    let change = new_payment(1);
    books.store.create(change.clone(), None).await.unwrap();
    assert_eq!(books.payment(1).await, change.payment);
    let claim = decided(&change.payment, Command::Return(token()), at(60));
    books.store.commit(claim.clone(), None).await.unwrap();

    let books = books.restart();
    assert_eq!(books.payment(1).await, claim.payment);
    let events = books.store.events(id(1)).await.unwrap();
    assert_eq!(events, vec![change.event, claim.event]);
    assert_eq!(books.store.payment(id(2)).await.unwrap(), None);
}

#[tokio::test]
async fn payments_are_listed_in_pages_the_newest_first() {
    let books = Books::new();
    for n in 1..=5 {
        books.store.create(new_payment(n), None).await.unwrap();
    }
    let list = async |order_id: Option<&str>, after: Option<u8>, limit| {
        let page = Page {
            order_id: order_id.map(str::to_owned),
            after: after.map(id),
            limit,
        };
        let payments = books.store.list(page).await.unwrap();
        payments
            .iter()
            .map(|payment| payment.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 2).await, [id(5), id(4)]);
    assert_eq!(list(None, Some(4), 9).await, [id(3), id(2), id(1)]);
    assert_eq!(list(Some("주문-3"), None, 9).await, [id(3)]);
    assert!(list(Some("주문-3"), Some(3), 9).await.is_empty());
    assert!(list(Some("주문"), None, 9).await.is_empty());
}

#[tokio::test]
async fn a_payment_is_found_by_its_tid() {
    let books = Books::new();
    books.store.create(new_payment(1), None).await.unwrap();
    let find = async |tid: String| books.store.id_of_tid(tid).await.unwrap();
    assert_eq!(find(format!("T{:019}", 1)).await, Some(id(1)));
    assert_eq!(find(format!("T{:019}", 2)).await, None);
}

#[tokio::test]
async fn of_two_changes_to_one_version_one_is_committed() {
    let books = Books::new();
    let ready = new_payment(1);
    books.store.create(ready.clone(), None).await.unwrap();
    let claim = || decided(&ready.payment, Command::Return(token()), at(60));
    let (a, b) = tokio::join!(
        books.store.commit(claim(), None),
        books.store.commit(claim(), None)
    );
    let outcomes = [a.is_ok(), b.is_ok()];
    assert_eq!(
        outcomes.iter().filter(|committed| **committed).count(),
        1,
        "{a:?} {b:?}"
    );
    let refused = a.err().or(b.err());
    assert!(matches!(refused, Some(StoreError::Conflict)), "{refused:?}");
    // The loser's event is not there either, nor what it would have told the shop.
    assert_eq!(books.store.events(id(1)).await.unwrap().len(), 2);
    let outsider = rusqlite::Connection::open(books.folder.path().join("books.db")).unwrap();
    let waiting = "select group_concat(sequence) from outbox join events using (sequence)
                   where outbox.event_id = events.id";
    let waiting: String = outsider.query_row(waiting, [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, "1,2");
}

#[tokio::test]
async fn a_taken_idempotency_key_leaves_no_payment_behind() {
    let books = Books::new();
    books
        .store
        .create(new_payment(1), Some(record(1, "k", "first")))
        .await
        .unwrap();
    let second = books
        .store
        .create(new_payment(2), Some(record(2, "k", "second")))
        .await;
    assert!(matches!(second, Err(StoreError::KeyTaken)), "{second:?}");
    assert_eq!(books.store.payment(id(2)).await.unwrap(), None);
    assert!(books.store.events(id(2)).await.unwrap().is_empty());
    let known = books.store.idempotency("k".to_owned()).await.unwrap();
    assert_eq!(known, Some(record(1, "k", "first")));
}

#[tokio::test]
async fn work_that_fails_spoils_no_work_that_is_committed_with_it() {
    let books = Books::new();
    let creates = (0..100).map(|n| {
        let store = books.store.clone();
        // Every other one takes the same key, so that it fails inside the shared transaction.
        let key = if n % 2 == 0 {
            format!("k{n}")
        } else {
            "same".to_owned()
        };
        tokio::spawn(async move {
            store
                .create(new_payment(n), Some(record(n, &key, "x")))
                .await
        })
    });
    let creates: Vec<_> = creates.collect();
    let mut committed = 0;
    for (n, create) in (0..).zip(creates) {
        let created = create.await.unwrap().is_ok();
        assert_eq!(
            books.store.payment(id(n)).await.unwrap().is_some(),
            created,
            "{n}"
        );
        committed += u32::from(created);
    }
    assert_eq!(committed, 51);
}

#[tokio::test]
async fn what_is_due_is_leased_to_one_caller() {
    let books = Books::new();
    for n in 0..5 {
        books.store.create(new_payment(n), None).await.unwrap();
    }
    let store = &books.store;
    assert!(
        store
            .claim_due(at(900), at(945), 9)
            .await
            .unwrap()
            .is_empty()
    );
    let first = store.claim_due(at(930), at(975), 3).await.unwrap();
    let second = store.claim_due(at(930), at(975), 3).await.unwrap();
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(first.iter().all(|id| !second.contains(id)));
    assert!(
        store
            .claim_due(at(970), at(999), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.claim_due(at(975), at(999), 9).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_new_time_to_look_is_set_only_on_the_version_that_was_looked_at() {
    let books = Books::new();
    let ready = new_payment(1);
    books.store.create(ready.clone(), None).await.unwrap();
    let claim = decided(&ready.payment, Command::Return(token()), at(60));
    books.store.commit(claim, None).await.unwrap();
    books.store.check_at(id(1), 1, None).await.unwrap();
    assert_eq!(
        books.store.claim_due(at(90), at(99), 9).await.unwrap(),
        [id(1)]
    );
    books.store.check_at(id(1), 2, None).await.unwrap();
    assert!(
        books
            .store
            .claim_due(at(9_999), at(9_999), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn visitors_cause_one_lookup_at_a_time() {
    let books = Books::new();
    books.store.create(new_payment(1), None).await.unwrap();
    let interval = SignedDuration::from_secs(1);
    let claim = |now: i64| books.store.claim_lookup(id(1), at(now), interval);
    assert!(claim(10).await.unwrap());
    assert!(
        books
            .store
            .claim_due(at(11), at(99), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!claim(10).await.unwrap());
    // The one that was refused is left to recovery.
    books.store.look_soon(id(1), at(11)).await.unwrap();
    books.store.look_soon(id(1), at(60)).await.unwrap();
    assert_eq!(
        books.store.claim_due(at(11), at(99), 9).await.unwrap(),
        [id(1)]
    );
    assert!(claim(12).await.unwrap());
}

#[tokio::test]
async fn approvals_left_behind_are_due_at_once_after_a_start() {
    let books = Books::new();
    for n in 0..2 {
        books.store.create(new_payment(n), None).await.unwrap();
    }
    let claim = decided(&books.payment(1).await, Command::Return(token()), at(60));
    books.store.commit(claim, None).await.unwrap();
    let books = books.restart();
    assert_eq!(books.store.wake_in_doubt(at(61)).await.unwrap(), 1);
    assert_eq!(
        books.store.claim_due(at(61), at(99), 9).await.unwrap(),
        [id(1)]
    );
}

#[tokio::test]
async fn a_settled_payments_token_is_nowhere_in_the_file() {
    let books = Books::new();
    let ready = new_payment(1);
    books.store.create(ready.clone(), None).await.unwrap();
    let claim = decided(&ready.payment, Command::Return(token()), at(60));
    books.store.commit(claim.clone(), None).await.unwrap();
    let quit = decided(&claim.payment, Command::Learn(Lookup::Quit), at(120));
    assert_eq!(quit.payment.status(), Status::Quit);
    books.store.commit(quit, None).await.unwrap();
    let folder = books.folder;
    // Closing the file folds its write-ahead log into it.
    drop(books.store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(token().expose()));
    }
}

#[tokio::test]
async fn keys_are_known_by_their_hash() {
    let books = Books::new();
    assert!(!books.store.has_any_api_key().await.unwrap());
    let key = ApiKeyRow {
        hash: [3; 32],
        name: "shop".to_owned(),
        created_at: start(),
    };
    books.store.add_api_key(key).await.unwrap();
    let books = books.restart();
    assert!(books.store.has_any_api_key().await.unwrap());
    assert!(books.store.has_api_key([3; 32]).await.unwrap());
    assert!(!books.store.has_api_key([4; 32]).await.unwrap());
    books.store.ping().await.unwrap();
}

#[tokio::test]
async fn a_row_that_cannot_be_is_refused_with_its_place() {
    let books = Books::new();
    books.store.create(new_payment(1), None).await.unwrap();
    let path = books.folder.path().join("books.db");
    let outsider = rusqlite::Connection::open(path).unwrap();
    let damage = "update payments set redirect = '{\"pc\":1}'";
    assert_eq!(outsider.execute(damage, []).unwrap(), 1);
    let error = books.store.payment(id(1)).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("table payments, row {}: redirect:", id(1))),
        "{error}"
    );
}

#[tokio::test]
async fn the_database_itself_refuses_states_that_cannot_be() {
    let books = Books::new();
    books.store.create(new_payment(1), None).await.unwrap();
    let outsider = rusqlite::Connection::open(books.folder.path().join("books.db")).unwrap();
    for damage in [
        "update payments set status = 'approved'",
        "update payments set status = 'paid'",
        "update payments set pg_token = 'x'",
        "update payments set total = 1",
        "update payments set total = 0",
        "update payments set version = 0",
        "insert into events select * from events",
    ] {
        assert!(outsider.execute(damage, []).is_err(), "{damage}");
    }
}

#[tokio::test]
async fn one_process_at_a_time_has_the_file() {
    let books = Books::new();
    let second = Store::open(&Books::url(&books.folder));
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    drop(books.restart());
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let books = Books::new();
    let Books { store, folder } = books;
    drop(store);
    let path = folder.path().join("books.db");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let refused = Store::open(&Books::url(&folder));
    assert!(matches!(refused, Err(OpenError::Newer(_))), "{refused:?}");
}

#[test]
fn an_address_that_cannot_be_opened_says_so() {
    for bad in [
        "",
        "books.db",
        "sqlite:",
        "postgres://localhost/x",
        "sqlite:a?mode=memory",
    ] {
        assert!(matches!(Store::open(bad), Err(OpenError::Address)), "{bad}");
    }
    let missing = Store::open("sqlite:/nowhere/books.db");
    assert!(
        matches!(missing, Err(OpenError::Failed { .. })),
        "{missing:?}"
    );
}
