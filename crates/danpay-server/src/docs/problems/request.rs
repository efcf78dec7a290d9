//! What is wrong with a request before it is about a payment.

use super::{Again, Entry, MENDED, Money, NONE_MOVED, WAITED, words};

pub(super) const MALFORMED_JSON: Entry = Entry {
    title: words("본문이 JSON이 아닙니다", "The body is not JSON"),
    cause: words(
        "본문이 도중에 끊겼거나, JSON의 문법과 다르거나, UTF-8이 아니거나, 폼(`a=b`) 형식입니다.",
        "The body is cut short, breaks JSON's grammar, is not UTF-8, or is a form (`a=b`).",
    ),
    money: NONE_MOVED,
    act: words(
        "JSON 객체를 UTF-8로 보내세요. 무엇이 왔고 어디부터 JSON이 아닌지 `detail`에 있습니다. \
         프로그램의 잘못이니 `code`와 `detail`을 로그에 남기세요.",
        "Send a JSON object in UTF-8. `detail` says what came instead, and where it stops being JSON. It \
         is a mistake in the program: log `code` and `detail`.",
    ),
    again: MENDED,
};

pub(super) const BODY_MISSING: Entry = Entry {
    title: words("본문이 없습니다", "There is no body"),
    cause: words(
        "이 요청에는 JSON 본문이 있어야 하는데 비어 있습니다.",
        "This request needs a JSON body, and has none.",
    ),
    money: NONE_MOVED,
    act: words(
        "JSON 객체를 보내세요. 무엇을 보내야 하는지 `detail`에 있습니다.",
        "Send a JSON object; `detail` says which.",
    ),
    again: MENDED,
};

pub(super) const BODY_UNREADABLE: Entry = Entry {
    title: words("본문이 끝까지 오지 않았습니다", "The body ended too soon"),
    cause: words(
        "본문이 다 도착하기 전에 끝났습니다. 클라이언트나 프록시가 연결을 끊었을 수 있습니다.",
        "The body ended before it was complete: your client or a proxy may have broken the connection.",
    ),
    money: NONE_MOVED,
    act: words(
        "클라이언트와 프록시가 본문을 끝까지 보내는지, `Content-Length`가 맞는지 확인하세요.",
        "See that your client and your proxy send all of the body, and the right `Content-Length`.",
    ),
    again: MENDED,
};

pub(super) const BODY_TOO_LARGE: Entry = Entry {
    title: words("본문이 너무 큽니다", "The body is too large"),
    cause: words(
        "본문이 64 KiB를 넘습니다.",
        "The body has more than 64 KiB.",
    ),
    money: NONE_MOVED,
    act: words(
        "64 KiB 이하로 줄이세요. `metadata`에는 주문을 찾을 id만 넣으면 충분합니다.",
        "Send at most 64 KiB. An id by which you find the order is enough for `metadata`.",
    ),
    again: MENDED,
};

pub(super) const QUERY_UNREADABLE: Entry = Entry {
    title: words("쿼리를 읽을 수 없습니다", "The query cannot be read"),
    cause: words(
        "`?` 뒤에 모르는 이름이 있거나, 값의 형식이 다릅니다.",
        "Behind the `?` is a name that is not known, or a value of another form.",
    ),
    money: NONE_MOVED,
    act: words(
        "쓸 수 있는 이름은 `detail`에 있습니다. 그것만 보내세요.",
        "`detail` lists the names that are taken; send no others.",
    ),
    again: MENDED,
};

pub(super) const HEADER_REPEATED: Entry = Entry {
    title: words("헤더가 두 번 이상 왔습니다", "A header came more than once"),
    cause: words(
        "한 번만 와야 하는 `Host`나 `Authorization` 헤더가 여러 번 왔습니다. 읽는 프록시마다 다른 것을 \
         믿을 수 있어 받지 않습니다.",
        "`Host` or `Authorization`, which must come once, came several times. Each proxy may believe \
         another one, so the request is not taken.",
    ),
    money: NONE_MOVED,
    act: words(
        "`header`에 적힌 헤더를 한 번만 보내세요. 한 번만 보냈다면 danpay 앞의 프록시를 확인하세요.",
        "Send the header that `header` names once. If you do, look at the proxy before danpay.",
    ),
    again: MENDED,
};

pub(super) const BAD_REQUEST: Entry = Entry {
    title: words("요청을 읽을 수 없습니다", "The request cannot be read"),
    cause: words(
        "HTTP 요청의 형식이 잘못되었습니다. 상태는 400이 아닌 다른 4xx일 수도 있습니다.",
        "It is no well-formed HTTP request. The status may be another 4xx than 400.",
    ),
    money: NONE_MOVED,
    act: words(
        "HTTP 클라이언트가 무엇을 보내는지 확인하고, 읽을 수 있는 요청을 보내세요.",
        "See what your HTTP client sends, and send a request that can be read.",
    ),
    again: MENDED,
};

pub(super) const NOT_FOUND: Entry = Entry {
    title: words("찾을 수 없습니다", "There is nothing at this address"),
    cause: words(
        "주소나 id가 없습니다. 다른 상점의 결제, 다른 서버, 운영이 아닌 테스트(또는 그 반대)일 수도 있습니다.",
        "There is no such address or id. It may be a payment of another shop, of another server, or of \
         test instead of live.",
    ),
    money: (
        Money::Unknown,
        words(
            "404는 어떤 증거도 아닙니다. 결제되지 않았다고 기록하지 마세요.",
            "404 is no proof of anything. Do not book it as unpaid.",
        ),
    ),
    act: words(
        "주소, id, API 키와 서버를 확인하세요.",
        "Look at the address, the id, the API key and the server.",
    ),
    again: MENDED,
};

pub(super) const METHOD_NOT_ALLOWED: Entry = Entry {
    title: words(
        "이 주소에서 쓸 수 없는 메서드입니다",
        "Not with this method",
    ),
    cause: words(
        "주소는 있지만 이 메서드로는 부를 수 없습니다. 프록시나 리디렉션이 POST를 GET으로 바꾸었을 수 \
         있습니다.",
        "The address exists and does not take this method. A proxy or a redirect may have made a GET of \
         a POST.",
    ),
    money: NONE_MOVED,
    act: words(
        "`Allow` 헤더에 적힌 메서드를 쓰세요.",
        "Use a method that the `Allow` header lists.",
    ),
    again: MENDED,
};

pub(super) const INVALID_FIELDS: Entry = Entry {
    title: words("받을 수 없는 값이 있습니다", "Some fields cannot be taken"),
    cause: words(
        "필드, 쿼리 또는 헤더의 값이 없거나, 형식이 다르거나, 허용되는 범위를 벗어났습니다.",
        "A field, a query value or a header is missing, of another form, or outside of what is allowed.",
    ),
    money: NONE_MOVED,
    act: words(
        "`errors`에 잘못된 것마다 경로(`field`), 무엇이 필요한지와 무엇이 왔는지 있습니다. 프로그램의 \
         잘못이니 로그에 남기고 고치세요.",
        "`errors` names each one by its path (`field`), with what was expected and what came. It is a \
         mistake in the program: log it, and correct it.",
    ),
    again: MENDED,
};

pub(super) const IDEMPOTENCY_KEY_MISSING: Entry = Entry {
    title: words("Idempotency-Key가 없습니다", "There is no Idempotency-Key"),
    cause: words(
        "취소에는 `Idempotency-Key`가 있어야 합니다. HTTP 클라이언트는 요청을 스스로 다시 보내기도 하는데, \
         키가 없으면 그때마다 환불됩니다.",
        "A cancellation needs an `Idempotency-Key`: HTTP clients repeat requests by themselves, and \
         without a key the money would go back each time.",
    ),
    money: NONE_MOVED,
    act: words(
        "환불을 결정할 때마다 고유한 키를 만들어, 먼저 저장하고, 함께 보내세요.",
        "Make a key of your own for each decision to refund, store it first, and send it along.",
    ),
    again: (Again::Mended, words("키와 함께 보내세요.", "With a key.")),
};

pub(super) const IDEMPOTENCY_KEY_REUSED: Entry = Entry {
    title: words(
        "이 키는 다른 요청에 쓰였습니다",
        "The key was used for another request",
    ),
    cause: words(
        "같은 `Idempotency-Key`로 내용이 다른 요청이 먼저 왔습니다. 키는 그대로인데 주문이나 금액이 \
         바뀌었을 수 있습니다.",
        "Another request came first with the same `Idempotency-Key`. The order or the amount may have \
         been changed under its key.",
    ),
    money: (
        Money::NotByThis,
        words(
            "이 키의 첫 요청은 처리되었을 수 있습니다.",
            "The first request with the key may have done its part.",
        ),
    ),
    act: words(
        "결제 만들기: 바뀐 주문에는 새 키를 만드세요.\n취소: 먼저 결제의 `cancellations`를 보세요. 이미 \
         환불되었을 수 있습니다. 새 키는 새로 환불하기로 했을 때만 쓰세요.",
        "To create: make a new key for the changed order.\nTo cancel: read the payment's `cancellations` \
         first, as the money may have gone back; only a new decision to refund takes a new key.",
    ),
    again: (
        Again::No,
        words(
            "이 키로는 같은 답이 옵니다.",
            "No: this key gets this answer.",
        ),
    ),
};

pub(super) const TOO_MANY_REQUESTS: Entry = Entry {
    title: words("요청이 너무 많습니다", "Too many requests"),
    cause: words(
        "한 API 키로, 또는 유효한 키 없이 한 주소에서 정해진 횟수보다 많이 요청했습니다. 승인과 취소에는 \
         오지 않습니다.",
        "More came with one API key, or from one address without a valid one, than is allowed. Approve and \
         cancel never get it.",
    ),
    money: NONE_MOVED,
    act: words(
        "`RateLimit-Remaining`을 보고 천천히 보내세요. 결과를 자주 조회한다면 이벤트나 웹훅을 쓰세요.",
        "Go by `RateLimit-Remaining`, and more slowly. If you poll for results, take events or webhooks.",
    ),
    again: WAITED,
};

pub(super) const TOO_MANY_EXPORTS: Entry = Entry {
    title: words("받고 있는 CSV 파일이 너무 많습니다", "Too many CSV files"),
    cause: words(
        "상점마다 두 개, 모든 상점을 합쳐 여덟 개의 파일만 동시에 받을 수 있습니다.",
        "Two CSV files of a shop, and eight of all shops, can be read at once.",
    ),
    money: NONE_MOVED,
    act: words(
        "받고 있는 파일이 끝난 뒤 다시 시도하세요. 끝까지 읽지 않을 파일은 연결을 닫으세요.",
        "Try again when one has been read. Close the connection of one that you do not read to its end.",
    ),
    again: WAITED,
};
