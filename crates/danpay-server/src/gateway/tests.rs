//! The way to KakaoPay over a line in memory.

mod calls;
mod find;
pub(super) mod line;
mod ready;

use std::sync::Mutex;

use danpay_core::{
    Actor, CallsInDoubt, Cancellation, CancellationId, CancellationState, Context, EventId, Jitter,
    NewPayment, OrderNumbers, PgToken, RefundLimits, ShopId, create,
};
use jiff::Timestamp;
use kakaopay::ApiEndpoint;
use serde_json::json;

use super::*;
use line::Line;

/// What the operator's file of keys says at first, and what later.
const OLD: &str = "DEVOLD";
const NEW: &str = "DEVNEW";

/// 17:00 in Korea.
fn now() -> Timestamp {
    "2027-01-15T08:00:00Z".parse().unwrap()
}

/// With keys that stay.
fn gateway(line: &Line) -> Gateway {
    over(line.client(OLD).into())
}

/// The operator has put a new key into the file already: it is used as soon as the file is read again.
fn gateway_with_a_new_key(line: &Line) -> Gateway {
    let new = Mutex::new(Some(line.client(NEW)));
    let read_again = move || Ok(new.lock().unwrap().take());
    over(KeyedClient::reading(line.client(OLD), read_again))
}

fn over(kakaopay: KeyedClient) -> Gateway {
    under(kakaopay, "TC0ONETIME")
}

fn under(kakaopay: KeyedClient, cid: &str) -> Gateway {
    let returns = ReturnsTo {
        returns: Returns::new([7; 32]),
        public_url: "https://pay.shop.example".into(),
    };
    let cid = Cid::try_from(cid).unwrap();
    let clock = Clock::from_fn(now);
    Gateway::new(
        kakaopay,
        clock,
        Limits::new(LookupRates::steady(20), CallsAtOnce::always(64)),
        cid,
        returns,
    )
}

fn id() -> PaymentId {
    PaymentId::new(now(), [1; 10])
}

fn order() -> Order {
    serde_json::from_value(json!({
        "order_id": "order-1", "user_id": "user-1", "item_name": "초코파이", "item_code": null,
        "quantity": 1, "return_url": null, "approval": "automatic", "metadata": {},
        "amount": { "total": 2_200, "tax_free": 0, "vat": 200, "point": 0, "discount": 0,
                    "green_deposit": 0 },
    }))
    .unwrap()
}

/// A payment whose payer is back.
fn payment() -> Payment {
    let new = NewPayment {
        id: id(),
        shop_id: ShopId::from_bytes([9; 16]),
        livemode: false,
        cid: "TC0ONETIME".to_owned(),
        tid: "T6a8d38329fd342cdd38".to_owned(),
        redirect: None,
        created_at: now(),
    };
    let context = Context {
        now: now(),
        by: Actor::Shop,
        event_id: EventId::new(now(), [1; 10]),
        jitter: Jitter::WHOLE,
        evidence: None,
        obstacle: None,
        order_numbers: OrderNumbers::Unique,
        refund_limits: RefundLimits::default(),
    };
    let mut payment = create(order(), new, context).payment;
    payment.pg_token = PgToken::new("5ecre7t0ken5ecre7t0k".to_owned());
    payment
}

/// Of the whole of it.
fn cancellation() -> Cancellation {
    Cancellation {
        id: CancellationId::from_bytes([3; 16]),
        amount: order().amount,
        reason: None,
        requested_at: now(),
        state: CancellationState::Pending {
            calls: CallsInDoubt::first(now()),
            refused: None,
            turned_away: None,
        },
    }
}

/// Whether the log would be told of this kind of trouble now: not, if it has been told a moment ago.
fn has_complained(gateway: &Gateway, kind: i32) -> bool {
    !gateway.limits.complains(now(), kind)
}

#[test]
fn with_kakaopays_test_codes_no_real_money_moves() {
    for (cid, livemode) in [
        ("TC0ONETIME", false),
        ("TCSUBSCRIP", false),
        ("TCSEQUENCE", false),
        ("C123456789", true),
    ] {
        let gateway = under(Line::default().client(OLD).into(), cid);
        assert_eq!(gateway.livemode(), livemode, "{cid}");
        assert_eq!(gateway.cid().as_str(), cid);
    }
}
