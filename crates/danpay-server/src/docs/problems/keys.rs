//! Who may ask.

use super::{Again, Entry, Money, NONE_MOVED, words};

pub(super) const UNAUTHORIZED: Entry = Entry {
    title: words("API 키가 맞지 않습니다", "No API key that opens the door"),
    cause: words(
        "API 키가 없거나, 인증 방식이 다르거나, 잘못 입력되었거나, 이 서버에 없거나, 만료 또는 폐기된 키입니다.",
        "There is no API key, another scheme, or a key that is mistyped, not known to this server, expired or \
         revoked.",
    ),
    money: NONE_MOVED,
    act: words(
        "이 서버의 키를 `Authorization: Bearer danpay_sk_...` 헤더로 보내세요. 어느 경우인지 `detail`에 \
         있습니다. 담당자에게 알리세요.",
        "Send a key of this server as `Authorization: Bearer danpay_sk_...`. `detail` says which of these it \
         is. Alert yourself.",
    ),
    again: (
        Again::Mended,
        words(
            "맞는 키로, 같은 `Idempotency-Key`로.",
            "With the right key, and the same `Idempotency-Key`.",
        ),
    ),
};

pub(super) const FORBIDDEN: Entry = Entry {
    title: words("이 키로는 할 수 없습니다", "This key may not do this"),
    cause: words(
        "키는 맞지만 그 권한으로는 할 수 없는 요청입니다.",
        "The key is right, and its role may not do this.",
    ),
    money: NONE_MOVED,
    act: words(
        "권한이 있는 키를 쓰세요. 운영자가 `danpay keys`로 만들 수 있습니다.",
        "Use a key of a role that may; the operator makes one with `danpay keys`.",
    ),
    again: (
        Again::Mended,
        words(
            "그 키로, 같은 `Idempotency-Key`로.",
            "With that key, and the same `Idempotency-Key`.",
        ),
    ),
};

pub(super) const SHOP_DISABLED: Entry = Entry {
    title: words("판매가 중지된 상점입니다", "The shop is disabled"),
    cause: words(
        "운영자가 판매를 중지한 상점이라 새 결제를 만들 수 없습니다. 진행 중인 결제는 계속 처리됩니다.",
        "The operator has disabled the shop, so it makes no new payments. What is under way goes on.",
    ),
    money: (
        Money::None,
        words(
            "결제되지 않았습니다. 결제 만들기에만 오는 답입니다.",
            "Nothing was charged. Only creates get this answer.",
        ),
    ),
    act: words(
        "판매를 멈추고 운영자에게 문의하세요.",
        "Stop selling, and ask the operator.",
    ),
    again: (
        Again::No,
        words(
            "운영자가 상점을 다시 열기 전에는 같은 답이 옵니다.",
            "Not before the operator has enabled the shop.",
        ),
    ),
};
