//! What tells of persons goes from old payments, and the record of the money stays.

use danpay_core::{ERASED, erase};

use super::refund_days::{can, failed, paid};
use super::*;

every_store! {
    a_payment_at_its_end_is_erased_with_its_history_and_no_other
    reasons_of_refunds_are_erased
    a_damaged_payment_keeps_none_of_the_others_from_being_erased
    however_many_there_are_all_are_erased_piece_by_piece
}

fn later() -> Timestamp {
    at(60 * 24 * 3_600)
}

impl TestDatabase {
    async fn erase(&self, before: Timestamp) -> Vec<Erased> {
        let mut pieces: Vec<Erased> = Vec::new();
        loop {
            let after = pieces.last().and_then(|piece| piece.last);
            let piece = self.store.ask(Erase { before, after }).await.unwrap();
            if piece.last.is_none() {
                assert_eq!(piece, Erased::default());
                return pieces;
            }
            pieces.push(piece);
        }
    }

    /// Nobody looks at it again.
    async fn rest(&self, payment: &Payment) {
        let rest = CheckAt {
            payment: payment.reference(),
            version: payment.version,
            at: None,
        };
        self.store.ask(rest).await.unwrap();
    }

    async fn quit(&self, n: u8) -> Payment {
        let ready = new_payment(n);
        Box::pin(self.store.create(new(ready.clone())))
            .await
            .unwrap();
        let quit = decided(&ready.payment, quit_at(120), at(120));
        Box::pin(self.store.commit(step(quit.clone())))
            .await
            .unwrap();
        self.rest(&quit.payment).await;
        quit.payment
    }
}

async fn a_payment_at_its_end_is_erased_with_its_history_and_no_other(database: TestDatabase) {
    let quit = database.quit(1).await;
    let open = new_payment(2);
    database.store.create(new(open.clone())).await.unwrap();
    assert_eq!(database.erase(start()).await, [], "nothing is older");
    let erased = Erased {
        payments: 1,
        last: Some(id(1)),
    };
    assert_eq!(database.erase(later()).await, [erased]);
    assert_eq!(database.payment(1).await, erase(&quit).unwrap());
    assert!(database.events(1).await.is_empty());
    let users = format!("select count(*) from payments where user_id = '{ERASED}'");
    assert_eq!(database.outsider(&users).unwrap(), "1");
    assert_eq!(database.payment(2).await, open.payment);
    assert_eq!(database.events(2).await.len(), 1);
    assert_eq!(database.erase(later()).await, [], "there is nothing more");
}

async fn reasons_of_refunds_are_erased(database: TestDatabase) {
    let payment = paid(&database, 1).await;
    let asked = Command::Cancel {
        id: can(1),
        wanted: danpay_core::Wanted::default(),
        reason: Some("홍길동 변심".to_owned().try_into().unwrap()),
    };
    let asked = decided(&payment, asked, at(200));
    Box::pin(database.store.commit(step(asked.clone())))
        .await
        .unwrap();
    database.rest(&asked.payment).await;
    // It is looked at, and not at its end.
    let looked_at = Erased {
        payments: 0,
        last: Some(id(1)),
    };
    assert_eq!(database.erase(later()).await, [looked_at]);
    assert_eq!(database.payment(1).await, asked.payment);

    let settled = failed(&asked.payment, 1, at(210));
    Box::pin(database.store.commit(step(settled.clone())))
        .await
        .unwrap();
    database.rest(&settled.payment).await;
    assert_eq!(database.erase(later()).await[0].payments, 1);
    let left = database.payment(1).await;
    assert_eq!(left.cancellations[0].reason, None);
    assert_eq!(left, erase(&settled.payment).unwrap());
}

async fn a_damaged_payment_keeps_none_of_the_others_from_being_erased(database: TestDatabase) {
    for n in 1..=3 {
        database.quit(n).await;
    }
    let tid = format!("T{:019}", 2);
    let damage = format!("update payments set redirect = '{{\"pc\":1}}' where tid = '{tid}'");
    database.outsider(&damage).unwrap();
    let erased = Erased {
        payments: 2,
        last: Some(id(3)),
    };
    assert_eq!(database.erase(later()).await, [erased]);
}

async fn however_many_there_are_all_are_erased_piece_by_piece(database: TestDatabase) {
    for n in 1..=60 {
        database.quit(n).await;
    }
    let pieces = database.erase(later()).await;
    let payments: Vec<u64> = pieces.iter().map(|piece| piece.payments).collect();
    assert_eq!(payments, [50, 10]);
}
