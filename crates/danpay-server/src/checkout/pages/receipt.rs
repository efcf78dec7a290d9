//! What was bought, and for how much.

use danpay_core::{Payment, Won};

use super::{Words, words};

#[derive(Debug)]
pub(super) struct Receipt {
    pub(super) amount: Amount,
    /// What has gone back, and what is left of it.
    pub(super) after: Vec<Amount>,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Amount {
    pub(super) label: Words,
    pub(super) won: String,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: Words,
    pub(super) value: String,
}

pub(super) fn of(payment: &Payment) -> Receipt {
    let order = &payment.order;
    let rows = vec![
        Row {
            label: words("상품", "Item"),
            value: order.item_name.to_string(),
        },
        Row {
            label: words("주문번호", "Order"),
            value: order.order_id.to_string(),
        },
    ];
    let amount = match payment.state.approval() {
        Some(approval) => sum("결제 금액", "Charged, KRW", approval.amount.total),
        None => sum("주문 금액", "Order total, KRW", order.amount.total),
    };
    let canceled = payment.state.canceled().total;
    let after = if canceled.is_zero() {
        Vec::new()
    } else {
        vec![
            sum("취소 금액", "Canceled, KRW", canceled),
            sum("남은 금액", "Left, KRW", payment.left().total),
        ]
    };
    Receipt {
        amount,
        after,
        rows,
    }
}

fn sum(ko: &str, en: &str, won: Won) -> Amount {
    Amount {
        label: words(ko, en),
        won: grouped(won),
    }
}

/// `2200` as `2,200`.
fn grouped(won: Won) -> String {
    let digits = won.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
