//! danpay itself, and its database.

use super::{Entry, Money, NONE_MOVED, WAITED, Words, words};

const UNKNOWN: (Money, Words) = (
    Money::Unknown,
    words(
        "처리되었을 수도, 처리되지 않았을 수도 있습니다. 실패로 기록하지 마세요.",
        "It may have been done, or not. Do not book it as failed.",
    ),
);

pub(super) const OVERLOADED: Entry = Entry {
    title: words("지금은 요청이 너무 많습니다", "Too much is under way"),
    cause: words(
        "한꺼번에 할 수 있는 카카오페이 호출이 모두 진행 중입니다.",
        "As many calls to KakaoPay as are allowed are under way.",
    ),
    money: NONE_MOVED,
    act: words(
        "다시 시도하세요. 승인과 취소도 그대로 다시 보내면 됩니다.",
        "Try again; approve and cancel, too, are sent again as they are.",
    ),
    again: WAITED,
};

pub(super) const DATABASE_RESTORED: Entry = Entry {
    title: words(
        "데이터베이스를 복구하는 중입니다",
        "The database is being restored",
    ),
    cause: words(
        "운영자가 데이터베이스를 백업에서 복구하고 있고, 무엇이 빠졌는지 아직 모릅니다. 그동안은 승인도 취소도 하지 않습니다.",
        "The operator is restoring the database from a backup, and what it lacks is not known yet. Until then no \
         money is moved.",
    ),
    money: NONE_MOVED,
    act: words(
        "나중에 다시 시도하세요. 운영자는 `danpay recover`로 마칩니다.",
        "Try again later. The operator ends it with `danpay recover`.",
    ),
    again: WAITED,
};

pub(super) const DATABASE_UNAVAILABLE: Entry = Entry {
    title: words(
        "데이터베이스를 쓸 수 없습니다",
        "The database cannot be used",
    ),
    cause: words(
        "지금은 데이터베이스를 읽거나 쓸 수 없습니다.",
        "The database cannot be read or written now.",
    ),
    money: UNKNOWN,
    act: words(
        "같은 `Idempotency-Key`로 다시 시도하세요. 두 번 처리되지 않습니다.",
        "Try again with the same `Idempotency-Key`: nothing happens twice.",
    ),
    again: WAITED,
};

pub(super) const TIMEOUT: Entry = Entry {
    title: words("너무 오래 걸렸습니다", "It took too long"),
    cause: words(
        "요청이 25초 안에 끝나지 않았습니다. 시작된 처리는 계속됩니다.",
        "The request did not end within 25 seconds. What it began goes on.",
    ),
    money: UNKNOWN,
    act: words(
        "결제를 조회하거나, 같은 `Idempotency-Key`로 다시 요청하세요.",
        "Look at the payment, or ask again with the same `Idempotency-Key`.",
    ),
    again: WAITED,
};

pub(super) const INTERNAL: Entry = Entry {
    title: words("서버 내부 오류입니다", "Something is wrong in danpay"),
    cause: words(
        "danpay의 잘못입니다. 무엇이 잘못되었는지는 로그에 있습니다.",
        "It is a fault of danpay's. Its log has what went wrong.",
    ),
    money: UNKNOWN,
    act: words(
        "운영자에게 `request_id`를 알리세요. 로그에서 이 id로 찾을 수 있습니다.",
        "Tell the operator the `request_id`: the log has it under this id.",
    ),
    again: WAITED,
};
