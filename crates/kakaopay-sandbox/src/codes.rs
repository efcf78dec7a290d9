//! Every error code that KakaoPay documents for payments, with its HTTP status and a message.
//! Messages seen in real logs are kept to the letter; the others are ours, as none are documented.
//! Invariant: a code has one line here, whether it arises by itself or by a fault's name.

use http::StatusCode;

pub(crate) struct Documented {
    pub(crate) code: i32,
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

const fn code(code: i32, status: StatusCode, message: &'static str) -> Documented {
    Documented {
        code,
        status,
        message,
    }
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;

static DOCUMENTED: [Documented; CODES.len()] = CODES;

/// The gateway's codes, those of payments, and what the predecessor said of calls as such.
const CODES: [Documented; 50] = [
    code(-1, BAD, "internal error!"),
    code(-2, BAD, "wrong parameter!"),
    code(-3, BAD, "this api is not enabled for the app!"),
    code(-4, BAD, "the account is under sanction!"),
    code(-5, StatusCode::FORBIDDEN, "no permission for this api!"),
    code(-10, BAD, "quota is exceeded!"),
    code(-301, BAD, "app or app key is unknown!"),
    code(-400, BAD, "authorization header is missing!"),
    code(-401, StatusCode::UNAUTHORIZED, "secret key is wrong!"),
    code(
        -402,
        StatusCode::FORBIDDEN,
        "consent of the user is missing!",
    ),
    // Seen in a real log of the current API.
    code(-403, StatusCode::FORBIDDEN, "접근 금지됨"),
    code(-404, StatusCode::NOT_FOUND, "wrong url!"),
    code(
        -429,
        StatusCode::TOO_MANY_REQUESTS,
        "daily quota is exceeded!",
    ),
    code(
        -500,
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal server error!",
    ),
    code(
        -503,
        StatusCode::SERVICE_UNAVAILABLE,
        "service is under maintenance!",
    ),
    code(-701, BAD, "authentication doesn't complete!"),
    code(-702, BAD, "payment is already done!"),
    code(-703, BAD, "point amount is wrong!"),
    code(-704, BAD, "payment method amount is wrong!"),
    code(-705, BAD, "payment method is not supported!"),
    code(-706, BAD, "partner order id is different when you ordered!"),
    code(-707, BAD, "partner user id is different when you ordered!"),
    code(-708, BAD, "pg token is wrong!"),
    code(-710, BAD, "cancel amount is above cancel available amount!"),
    code(-711, BAD, "cancel amount is above approved amount!"),
    code(-721, BAD, "tid does not exist!"),
    code(-722, BAD, "amount is wrong!"),
    code(-723, BAD, "payment time is expired!"),
    code(-724, BAD, "amount of one time payment is wrong!"),
    code(-725, BAD, "total amount is different when you ordered!"),
    code(-726, BAD, "order information is wrong!"),
    code(-730, BAD, "merchant app information is wrong!"),
    // The text was seen in a real log, without its code.
    code(-731, BAD, "invalid param(cid has invalid value)"),
    code(-732, BAD, "gid is wrong!"),
    code(-733, BAD, "cid secret is wrong!"),
    code(-750, BAD, "sid does not exist!"),
    code(-751, BAD, "sid is inactive!"),
    code(-752, BAD, "monthly maximum of sid is exceeded!"),
    code(
        -753,
        BAD,
        "partner user id is different from the one of sid!",
    ),
    code(-761, BAD, "phone number is not registered with kakaotalk!"),
    code(-780, BAD, "approval failure!"),
    code(-781, BAD, "cancel failure!"),
    code(-782, BAD, "subscription payment failure!"),
    code(-783, BAD, "payment status does not allow approve!"),
    code(-784, BAD, "payment status does not allow cancel!"),
    code(-785, BAD, "duplicate request!"),
    code(-797, BAD, "limit of a single payment is exceeded!"),
    code(-798, BAD, "ip address is not allowed!"),
    code(-799, BAD, "domain is not registered!"),
    code(
        -9798,
        StatusCode::SERVICE_UNAVAILABLE,
        "service is under maintenance!",
    ),
];

/// The documented error codes, each with the HTTP status that it comes with: every one can be asked
/// for with [`Fault::error`](crate::Fault::error).
#[expect(
    clippy::indexing_slicing,
    reason = "a constant that panics does not compile"
)]
pub const ERROR_CODES: &[(i32, u16)] = &{
    let mut listed = [(0, 0); CODES.len()];
    let mut index = 0;
    while index < CODES.len() {
        listed[index] = (CODES[index].code, CODES[index].status.as_u16());
        index += 1;
    }
    listed
};

pub(crate) fn documented(code: i32) -> Option<&'static Documented> {
    DOCUMENTED.iter().find(|known| known.code == code)
}
