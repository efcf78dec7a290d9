//! How long idempotency keys are known, and the server's own keys.

use danpay_core::{CancellationId, Wanted};

use super::*;

every_store! {
    a_key_is_known_until_it_is_old
    a_cancellation_keeps_its_key_for_as_long_as_it_exists
    a_key_of_a_cancellation_is_taken_for_everything_else
    a_key_of_the_servers_own_stays_what_it_was
}

async fn a_key_is_known_until_it_is_old(books: Books) {
    let store = &books.store;
    for n in 1..=3 {
        let key = record(n, &format!("k{n}"));
        store.create(new_payment(n), Some(key)).await.unwrap();
    }
    assert_eq!(store.prune_keys(start(), 9).await.unwrap(), 0);
    assert_eq!(store.prune_keys(at(1), 2).await.unwrap(), 2);
    assert_eq!(store.prune_keys(at(1), 9).await.unwrap(), 1);
    assert_eq!(store.idempotency("k1".to_owned()).await.unwrap(), None);
    assert_eq!(books.payment(1).await.status(), Status::Ready);
}

/// The payment of this number is approved, and all of it is being canceled under this key.
async fn canceling(books: &Books, n: u8, key: &str) -> Result<(), StoreError> {
    let ready = new_payment(n);
    books.store.create(ready.clone(), None).await.unwrap();
    let lookup = serde_json::from_value::<danpay_core::State>(json!({
        "status": "approved",
        "approval": {
            "aid": null, "payment_method_type": null, "card_info": null, "approved_at": null,
            "amount": ready.payment.order.amount,
        },
    }));
    let mut approved = ready.clone();
    approved.payment.state = lookup.unwrap();
    approved.payment.version = 2;
    approved.event.id = context(at(60)).event_id;
    approved.event.sequence = 2;
    approved.event.state = approved.payment.state.clone();
    books.store.commit(approved.clone(), None).await.unwrap();
    let id = CancellationId::from_bytes([n; 16]);
    let command = Command::Cancel {
        id,
        wanted: Wanted::default(),
        reason: None,
    };
    let cancel = decided(&approved.payment, command, at(70));
    let record = Idempotency {
        cancellation_id: Some(id),
        ..record(n, key)
    };
    books.store.commit(cancel, Some(record)).await
}

async fn a_cancellation_keeps_its_key_for_as_long_as_it_exists(books: Books) {
    canceling(&books, 1, "refund").await.unwrap();
    let years_later = at(5 * 365 * 24 * 3_600);
    books.store.prune_keys(years_later, 9).await.unwrap();
    let known = books.store.idempotency("refund".to_owned()).await.unwrap();
    assert_eq!(
        known.unwrap().cancellation_id,
        Some(CancellationId::from_bytes([1; 16]))
    );
    // Moved on, it has it still.
    let id = CancellationId::from_bytes([1; 16]);
    let answer = danpay_core::CancelAnswer::Unknown;
    let payment = books.payment(1).await;
    let unknown = decided(&payment, Command::SettleCancel(id, answer), at(71));
    books.store.commit(unknown, None).await.unwrap();
    assert!(
        books
            .store
            .idempotency("refund".to_owned())
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_key_of_a_cancellation_is_taken_for_everything_else(books: Books) {
    canceling(&books, 1, "refund").await.unwrap();
    let second = canceling(&books, 2, "refund").await;
    assert!(matches!(second, Err(StoreError::KeyTaken)), "{second:?}");
    assert_eq!(books.payment(2).await.pending(), None);
    let before = books
        .store
        .before_create(Some("refund".to_owned()), "주문-9".to_owned());
    let known = before.await.unwrap().known.unwrap();
    assert_eq!((known.payment_id, known.key.as_str()), (id(1), "refund"));
}

async fn a_key_of_the_servers_own_stays_what_it_was(books: Books) {
    assert_eq!(
        books.store.server_key("return", [1; 32]).await.unwrap(),
        [1; 32]
    );
    let books = books.restart().await;
    assert_eq!(
        books.store.server_key("return", [2; 32]).await.unwrap(),
        [1; 32]
    );
    assert_eq!(
        books.store.server_key("other", [2; 32]).await.unwrap(),
        [2; 32]
    );
}
