//! What a payment, its order or its cancellations do not allow now.

use super::{Again, Entry, Money, WAITED, words};

const NOTHING_WENT_BACK: (Money, super::Words) = (
    Money::None,
    words(
        "이 요청으로는 환불되지 않았습니다.",
        "Nothing went back by this request.",
    ),
);

pub(super) const WRONG_STATUS: Entry = Entry {
    title: words(
        "지금 상태에서는 할 수 없습니다",
        "Not possible in the payment's status",
    ),
    cause: words(
        "결제가 `payment_status`에 적힌 상태일 때는 할 수 없는 요청입니다.",
        "It is not possible while the payment is as `payment_status` says.",
    ),
    money: (
        Money::NotByThis,
        words(
            "결제가 어떤 상태인지는 `payment_status`에 있습니다.",
            "How the payment stands is in `payment_status`.",
        ),
    ),
    act: words(
        "승인: 구매자가 아직 돌아오지 않았거나 확실하지 않으니 기다리세요.\n철회: 늦었습니다. 조회하고, 결제되었다면 \
         취소하세요.\n취소: 결제되지 않았거나, 아직 모르거나, 이미 전부 환불되었으니 조회하세요.",
        "To approve: the payer is not back, or not certainly; wait.\nTo withdraw: it is too late; `GET` it, and \
         cancel if it is paid.\nTo cancel: it is not paid, not known to be, or all of it has gone back; `GET` it.",
    ),
    again: (
        Again::Then,
        words(
            "승인은 `payment.authenticated`가 오면, 취소는 결제되면. 철회는 다시 보내지 않습니다.",
            "An approve when `payment.authenticated` comes, a cancel if it becomes paid, a withdraw never.",
        ),
    ),
};

pub(super) const APPROVAL_ENDED: Entry = Entry {
    title: words("결제되지 않고 끝났습니다", "It has ended unpaid"),
    cause: words(
        "승인하려던 결제가 이미 결제 없이 끝났습니다. 어떻게 끝났는지는 `payment`에 있습니다.",
        "The payment that was to be approved has ended unpaid. `payment` says how.",
    ),
    money: (
        Money::None,
        words("결제되지 않았습니다.", "Nothing was charged."),
    ),
    act: words(
        "재고를 되돌리세요. 구매자는 새 결제로 다시 결제할 수 있습니다.",
        "Give the goods back. The customer can pay again, by a new payment.",
    ),
    again: (
        Again::No,
        words("끝난 결제는 바뀌지 않습니다.", "No: it stays as it is."),
    ),
};

pub(super) const ORDER_ALREADY_PAID: Entry = Entry {
    title: words("이미 결제된 주문입니다", "The order is paid already"),
    cause: words(
        "같은 `order_id`의 다른 결제(`payment_id`)로 이미 결제되었습니다. 한 주문은 한 번만 결제됩니다.",
        "Another payment of the same `order_id`, `payment_id`, has been paid. An order is charged once.",
    ),
    money: (
        Money::NotByThis,
        words(
            "주문은 `payment_id`로 결제되어 있습니다.",
            "The order is paid, by `payment_id`.",
        ),
    ),
    act: words(
        "`payment_id`를 조회해 결제됨으로 처리하세요.",
        "`GET` the payment `payment_id`, and book it.",
    ),
    again: (Again::No, words("아니요.", "No.")),
};

pub(super) const ORDER_BEING_CHARGED: Entry = Entry {
    title: words(
        "같은 주문의 다른 결제가 진행 중입니다",
        "Another payment of the order is under way",
    ),
    cause: words(
        "같은 주문의 다른 결제(`payment_id`)가 승인되고 있습니다. 이 결제는 승인되지 않았고, 자동으로 승인되지도 \
         않습니다.",
        "Another payment of the order, `payment_id`, is being approved. This one was not approved, and will not \
         be by itself.",
    ),
    money: (
        Money::NotByThis,
        words(
            "다른 결제가 어떻게 될지는 아직 모릅니다.",
            "How the other payment ends is not known yet.",
        ),
    ),
    act: words(
        "`payment_id`를 조회하고, 결제 없이 끝나면 다시 승인하세요.",
        "`GET` the payment `payment_id`; if it ends unpaid, approve again.",
    ),
    again: WAITED,
};

pub(super) const CANCELLATION_PENDING: Entry = Entry {
    title: words(
        "다른 취소가 진행 중입니다",
        "Another cancellation is on its way",
    ),
    cause: words(
        "이 결제의 다른 취소가 아직 끝나지 않았습니다. 한 번에 하나씩 취소합니다.",
        "Another cancellation of this payment is not settled yet. One is made at a time.",
    ),
    money: (
        Money::NotByThis,
        words(
            "다른 취소는 진행 중입니다.",
            "The other cancellation is on its way.",
        ),
    ),
    act: words(
        "다른 취소가 끝난 뒤 다시 요청하세요. 결제의 `cancellations`에서 볼 수 있습니다.",
        "Ask again when the other one is settled; the payment's `cancellations` shows it.",
    ),
    again: WAITED,
};

pub(super) const EXPECTED_LEFT_DIFFERS: Entry = Entry {
    title: words(
        "남은 금액이 예상과 다릅니다",
        "Not as much is left as was expected",
    ),
    cause: words(
        "결제에 남은 금액(`cancel_available_amount`)이 요청의 `expected_left`와 다릅니다. 그사이 다른 사람이 \
         환불했을 수 있습니다.",
        "What is left of the payment, `cancel_available_amount`, is not the request's `expected_left`: somebody \
         else may have refunded meanwhile.",
    ),
    money: NOTHING_WENT_BACK,
    act: words(
        "결제의 `cancellations`를 확인하고 새로 결정하세요.",
        "Look at the payment's `cancellations`, and decide anew.",
    ),
    again: (
        Again::No,
        words(
            "새로 결정했다면 새 `expected_left`로 보내세요.",
            "No; a new decision has a new `expected_left`.",
        ),
    ),
};

pub(super) const REFUND_LIMIT: Entry = Entry {
    title: words("환불 한도를 넘습니다", "Above the shop's limit of refunds"),
    cause: words(
        "운영자가 정한 한 번의 한도(`per_refund`)나 하루 한도(`per_day`)를 넘는 취소입니다. 어느 쪽인지 `limit`에, \
         금액은 `limit_amount`에 있습니다. 하루 한도라면 `left_today`가 남은 금액입니다.",
        "It is above the operator's limit for one refund (`per_refund`) or for a day (`per_day`). `limit` says \
         which, `limit_amount` how much it is; for a day `left_today` is what is left.",
    ),
    money: NOTHING_WENT_BACK,
    act: words(
        "금액을 줄이거나, 다음 날(한국 시간)에 하거나, 운영자에게 한도를 올려 달라고 하세요.",
        "Ask for less, or on the next day in Korea, or have the operator raise the limit.",
    ),
    again: (
        Again::Then,
        words(
            "하루 한도라면 다음 날(한국 시간)에 같은 키로. 한 번의 한도라면 운영자가 올린 뒤에.",
            "For a day's limit on the next day in Korea, with the same key; for one refund's once it is raised.",
        ),
    ),
};

pub(super) const CANCEL_REFUSED: Entry = Entry {
    title: words("취소가 거절되었습니다", "The cancellation was refused"),
    cause: words(
        "카카오페이가 이 취소를 거절했습니다. 카카오페이의 메시지는 `kakaopay`에 있습니다. 취소할 수 있는 기간이 \
         지났다면 `refundable_until`이 있습니다.",
        "KakaoPay has refused this cancellation; `kakaopay` has its words. If it was asked for too late, there is \
         `refundable_until`.",
    ),
    money: (
        Money::None,
        words(
            "이 취소로는 환불되지 않았습니다. 지금까지 환불된 금액은 `canceled_amount`, 남은 금액은 \
             `cancel_available_amount`입니다.",
            "Nothing went back by this cancellation. `canceled_amount` has gone back so far, and \
             `cancel_available_amount` is left.",
        ),
    ),
    act: words(
        "`kakaopay`와 결제의 `cancellations`를 보고, 새로 결정해 새 키로 요청하세요.",
        "Read `kakaopay` and the payment's `cancellations`, and decide anew, with a new key.",
    ),
    again: (
        Again::No,
        words(
            "이 키에는 계속 이렇게 답합니다.",
            "No: this key gets this answer for ever.",
        ),
    ),
};
