//! Keys of three kinds: idempotency keys, the server's own keys, API keys.

use danpay_core::{CancellationId, Wanted};

use super::*;
use crate::store::keys::{
    Add, AnyEver, ApiKey, OfShop as OfShopKeys, Revoke, Role, Used, WithHash,
};

every_store! {
    a_key_is_known_until_it_is_old
    a_cancellation_keeps_its_key_for_as_long_as_it_exists
    a_key_of_a_cancellation_is_taken_for_everything_else
    a_key_of_the_servers_own_stays_what_it_was
    api_keys_are_known_by_their_hash_until_they_are_revoked_and_after
    of_two_api_keys_of_one_name_a_shop_has_one
}

fn api_key(name: &str) -> ApiKey {
    ApiKey {
        shop_id: shop(),
        name: name.to_owned(),
        role: Role::Sell,
        created_at: start(),
        expires_at: Some(at(9)),
        revoked_at: None,
        last_used_at: None,
    }
}

fn added(n: u8, name: &str) -> Add {
    Add {
        hash: [n; 32],
        key: api_key(name),
    }
}

async fn api_keys_are_known_by_their_hash_until_they_are_revoked_and_after(database: TestDatabase) {
    assert!(!database.store.ask(AnyEver).await.unwrap());
    assert!(database.store.ask(added(3, "web")).await.unwrap());
    let database = database.restart().await;
    assert!(database.store.ask(AnyEver).await.unwrap());
    let known = async |n| database.store.ask(WithHash([n; 32])).await.unwrap();
    assert_eq!(known(3).await, Some(api_key("web")));
    assert_eq!(known(4).await, None);
    for now in [60, 120, 60] {
        let used = Used {
            hash: [3; 32],
            at: at(now),
        };
        database.store.ask(used).await.unwrap();
    }
    let revoke = |name: &str, now| Revoke {
        shop_id: shop(),
        name: name.to_owned(),
        at: at(now),
    };
    assert!(!database.store.ask(revoke("app", 200)).await.unwrap());
    assert!(database.store.ask(revoke("web", 200)).await.unwrap());
    assert!(database.store.ask(revoke("web", 300)).await.unwrap());
    let revoked = ApiKey {
        revoked_at: Some(at(200)),
        last_used_at: Some(at(120)),
        ..api_key("web")
    };
    assert_eq!(known(3).await.as_ref(), Some(&revoked));
    let all = database.store.ask(OfShopKeys(shop())).await.unwrap();
    assert_eq!(all, [revoked]);
    let other = OfShopKeys(ShopId::from_bytes([8; 16]));
    assert!(database.store.ask(other).await.unwrap().is_empty());
    database.store.ask(probe()).await.unwrap();
}

async fn of_two_api_keys_of_one_name_a_shop_has_one(database: TestDatabase) {
    assert!(database.store.ask(added(3, "web")).await.unwrap());
    assert!(!database.store.ask(added(4, "web")).await.unwrap());
    assert_eq!(database.store.ask(WithHash([4; 32])).await.unwrap(), None);
}

async fn a_key_is_known_until_it_is_old(database: TestDatabase) {
    let store = &database.store;
    for n in 1..=3 {
        let key = record(n, &format!("k{n}"));
        store.create(keyed(new_payment(n), key)).await.unwrap();
    }
    assert_eq!(
        store
            .ask(PruneKeys {
                before: start(),
                most: 9
            })
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .ask(PruneKeys {
                before: at(1),
                most: 2
            })
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        store
            .ask(PruneKeys {
                before: at(1),
                most: 9
            })
            .await
            .unwrap(),
        1
    );
    assert_eq!(store.ask(asked_under("k1")).await.unwrap(), None);
    assert_eq!(database.payment(1).await.status(), Status::Ready);
}

/// The payment of this number is approved, and all of it is being canceled under this key.
async fn canceling(database: &TestDatabase, n: u8, key: &str) -> Result<(), StoreError> {
    let ready = new_payment(n);
    database.store.create(new(ready.clone())).await.unwrap();
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
    database.store.commit(step(approved.clone())).await.unwrap();
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
    let commit = Commit {
        change: Box::new(cancel),
        record: Some(record),
    };
    database.store.commit(commit).await
}

async fn a_cancellation_keeps_its_key_for_as_long_as_it_exists(database: TestDatabase) {
    canceling(&database, 1, "refund").await.unwrap();
    let years_later = at(5 * 365 * 24 * 3_600);
    database
        .store
        .ask(PruneKeys {
            before: years_later,
            most: 9,
        })
        .await
        .unwrap();
    let known = database.store.ask(asked_under("refund")).await.unwrap();
    assert_eq!(
        known.unwrap().cancellation_id,
        Some(CancellationId::from_bytes([1; 16]))
    );
    // Moved on, it has it still.
    let id = CancellationId::from_bytes([1; 16]);
    let answer = danpay_core::CancelAnswer::Unknown;
    let payment = database.payment(1).await;
    let unknown = decided(&payment, Command::SettleCancel(id, answer), at(71));
    database.store.commit(step(unknown)).await.unwrap();
    assert!(
        database
            .store
            .ask(asked_under("refund"))
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_key_of_a_cancellation_is_taken_for_everything_else(database: TestDatabase) {
    canceling(&database, 1, "refund").await.unwrap();
    let second = canceling(&database, 2, "refund").await;
    assert!(matches!(second, Err(StoreError::KeyTaken)), "{second:?}");
    assert_eq!(database.payment(2).await.pending(), None);
    let before = database.store.ask(before_create(Some("refund"), "주문-9"));
    let known = before.await.unwrap().known.unwrap();
    assert_eq!((known.payment_id, known.key.as_str()), (id(1), "refund"));
}

async fn a_key_of_the_servers_own_stays_what_it_was(database: TestDatabase) {
    assert_eq!(
        database
            .store
            .ask(ServerKey {
                name: "return",
                new: [1; 32]
            })
            .await
            .unwrap(),
        [1; 32]
    );
    let database = database.restart().await;
    assert_eq!(
        database
            .store
            .ask(ServerKey {
                name: "return",
                new: [2; 32]
            })
            .await
            .unwrap(),
        [1; 32]
    );
    assert_eq!(
        database
            .store
            .ask(ServerKey {
                name: "other",
                new: [2; 32]
            })
            .await
            .unwrap(),
        [2; 32]
    );
}
