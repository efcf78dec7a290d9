//! Events, and the endpoints to which they are sent.

use super::{Again, Entry, MENDED, NONE_MOVED, WAITED, words};

pub(super) const EVENT_UNKNOWN: Entry = Entry {
    title: words("그 id의 이벤트가 없습니다", "No event has this id"),
    cause: words(
        "`after`에 적힌 id의 이벤트가 없습니다. 오래되어 정리되었거나, 데이터베이스를 백업에서 복구하면서 없어졌을 \
         수 있습니다.",
        "No event of your shop has the id that `after` names: it may be pruned, or lost with a database that was \
         restored from a backup.",
    ),
    money: NONE_MOVED,
    act: words(
        "`after` 없이 처음부터 다시 읽고, 이미 처리한 id는 건너뛰세요.",
        "Begin anew without `after`, and skip the ids that you have handled.",
    ),
    again: (Again::Mended, words("`after` 없이.", "Without `after`.")),
};

pub(super) const WEBHOOK_ENDPOINT_EXISTS: Entry = Entry {
    title: words(
        "이 url의 엔드포인트가 이미 있습니다",
        "There is an endpoint of this url",
    ),
    cause: words(
        "상점에 같은 `url`의 웹훅 엔드포인트(`endpoint_id`)가 있습니다.",
        "The shop has a webhook endpoint of this `url` already, `endpoint_id`.",
    ),
    money: NONE_MOVED,
    act: words(
        "그 엔드포인트를 쓰세요. 시크릿을 잃어버렸다면 새로 발급하세요(`rotate_secret`).",
        "Use that one. If its secret is lost, rotate it (`rotate_secret`).",
    ),
    again: (Again::No, words("아니요.", "No.")),
};

pub(super) const WEBHOOK_ENDPOINTS_FULL: Entry = Entry {
    title: words(
        "엔드포인트가 가득 찼습니다",
        "The shop has all its endpoints",
    ),
    cause: words(
        "웹훅 엔드포인트는 상점마다 16개까지입니다.",
        "A shop has at most 16 webhook endpoints.",
    ),
    money: NONE_MOVED,
    act: words(
        "쓰지 않는 엔드포인트를 먼저 지우세요.",
        "Remove one that you do not use.",
    ),
    again: (
        Again::Then,
        words("하나를 지운 뒤.", "When one is removed."),
    ),
};

pub(super) const WEBHOOK_ENDPOINT_DISABLED: Entry = Entry {
    title: words("중지된 엔드포인트입니다", "The endpoint is disabled"),
    cause: words(
        "중지된 웹훅 엔드포인트에는 아무것도 보내지 않습니다.",
        "Nothing is sent to a webhook endpoint that is disabled.",
    ),
    money: NONE_MOVED,
    act: words("먼저 엔드포인트를 켜세요.", "Enable the endpoint first."),
    again: (Again::Then, words("켠 뒤.", "When it is enabled.")),
};

pub(super) const WEBHOOK_IN_FLIGHT: Entry = Entry {
    title: words("보내고 있는 중입니다", "The delivery is under way"),
    cause: words(
        "이 전달을 지금 보내고 있어서 다시 보내지 않았습니다.",
        "This delivery is being sent at this moment, so it was not sent again.",
    ),
    money: NONE_MOVED,
    act: words(
        "전달 기록에서 어떻게 되었는지 먼저 확인하세요.",
        "Look at the delivery first: it may have arrived.",
    ),
    again: WAITED,
};

pub(super) const MASTER_KEY_MISSING: Entry = Entry {
    title: words("마스터 키가 없습니다", "danpay has no master key"),
    cause: words(
        "웹훅 시크릿을 보관할 마스터 키(`DANPAY_MASTER_KEY_FILE`)가 없거나, 시크릿을 보관할 때의 키가 아닙니다.",
        "The master key under which webhook secrets are stored (`DANPAY_MASTER_KEY_FILE`) is not set, or is not \
         the one under which they were.",
    ),
    money: NONE_MOVED,
    act: words(
        "danpay 운영자가 마스터 키를 설정해야 합니다.",
        "danpay's operator has to set its master key.",
    ),
    again: MENDED,
};
