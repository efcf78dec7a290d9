//! A payment that only KakaoPay knows.

use danpay_core::Lookup;

use super::line::{Said, no, yes};
use super::*;
use crate::gateway::find::FindError;

fn known(others: Value) -> Said {
    let mut answer = json!({
        "tid": "T6a8d38329fd342cdd38", "cid": "TC0ONETIME", "status": "READY",
        "partner_order_id": "order-1", "partner_user_id": "user-1", "item_name": "초코파이",
        "item_code": "choco", "quantity": 2,
        "amount": { "total": 2_200, "tax_free": 100, "vat": 190, "green_deposit": 300 },
        "created_at": "2027-01-15T16:50:00",
    });
    let members = answer.as_object_mut().unwrap();
    members.append(&mut serde_json::from_value(others).unwrap());
    yes(&answer)
}

async fn find(said: Said) -> Result<Found, FindError> {
    gateway(&Line::with([said]))
        .find("T6a8d38329fd342cdd38")
        .await
}

#[tokio::test]
async fn what_the_database_has_lost_is_found_with_its_order() {
    let line = Line::with([known(json!({}))]);
    let found = gateway(&line).find("T6a8d38329fd342cdd38").await.unwrap();
    let order: Order = serde_json::from_value(json!({
        "order_id": "order-1", "user_id": "user-1", "item_name": "초코파이",
        "item_code": "choco", "quantity": 2, "return_url": null, "approval": "automatic",
        "metadata": {},
        "amount": { "total": 2_200, "tax_free": 100, "vat": 190, "point": 0, "discount": 0,
                    "green_deposit": 300 },
    }))
    .unwrap();
    assert_eq!(found.order, order);
    assert_eq!(
        found.created_at.unwrap().to_string(),
        "2027-01-15T07:50:00Z"
    );
    let expected = LookedUp {
        asked_at: now(),
        lookup: Lookup::Unpaid,
    };
    assert_eq!(found.looked_up.answer, expected);
    assert_eq!(found.looked_up.evidence["tid"], "T6a8d38329fd342cdd38");
    let asked = json!({ "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38" });
    assert_eq!(line.asked()[0].body, asked);
}

#[tokio::test]
async fn nobody_has_made_it_ready_in_the_future() {
    for (told, created_at) in [
        (json!("2027-01-15T17:00:01"), Some(now())),
        (json!("9999-01-01T00:00:00"), None),
        (Value::Null, None),
    ] {
        let found = find(known(json!({ "created_at": told }))).await.unwrap();
        assert_eq!(found.created_at, created_at, "{told}");
    }
}

#[tokio::test]
async fn without_an_order_or_an_answer_nothing_is_found() {
    for missing in ["amount", "partner_order_id", "partner_user_id", "item_name"] {
        let error = find(known(json!({ missing: null }))).await.err();
        assert!(matches!(error, Some(FindError::Order(_))), "{missing}");
    }
    let error = find(no(-721)).await.err();
    assert!(matches!(error, Some(FindError::KakaoPay(_))));
    let bare = find(known(json!({ "item_code": null, "quantity": null }))).await;
    let order = bare.unwrap().order;
    assert_eq!((order.item_code, order.quantity), (None, 1));
}
