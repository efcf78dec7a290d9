//! What is sold.

use serde_json::json;

use crate::seller::Seller;
use crate::world::World;

pub(crate) struct Order {
    pub(super) seller: Seller,
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) body: String,
    pub(super) total: u64,
    pub(super) tax_free: u64,
    pub(super) manual: bool,
}

impl Order {
    pub(super) fn draw(world: &World, (seller, number): (Seller, u64)) -> Self {
        let chance = &world.chance;
        let total = chance.number(100..50_000);
        let tax_free = if chance.is(400) {
            chance.number(0..total)
        } else {
            0
        };
        let vat = chance
            .is(300)
            .then(|| chance.number(0..(total - tax_free) / 10 + 1));
        let amount = json!({ "total": total, "tax_free": tax_free, "vat": vat });
        let manual = chance.is(300);
        let id = format!("order-{number}");
        let body = json!({
            "order_id": id,
            "user_id": format!("member-{}", chance.number(0..3)),
            "item_name": "초코파이",
            "amount": amount,
            "approval": if manual { "manual" } else { "automatic" },
            "return_url": chance.is(500).then_some("https://shop.example/done"),
        });
        Self {
            seller,
            number,
            id,
            body: body.to_string(),
            total,
            tax_free,
            manual,
        }
    }
}
