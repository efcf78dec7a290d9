//! The scripts by name. Invariant: the public list and the acts behind it are one table.

use crate::ledger::Outcome;

pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) does_ko: &'static str,
    pub(super) means: Means,
    /// How the payer's authentication and the approval end; `None` when it never comes to that.
    pub(super) outcome: Option<Outcome>,
    pub(super) hour: Hour,
    pub(crate) ending: Ending,
}

/// What the payer picks; who picks nothing gives up.
#[derive(Clone, Copy)]
pub(super) enum Means {
    Nothing,
    Card,
    Money,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hour {
    Now,
    LastSecond,
}

/// What becomes of the payer's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Returns,
    /// Comes back in a browser that has none of the shop's cookies.
    ReturnsElsewhere,
    StaysAway,
}

const SHAPE: Script = Script {
    name: "",
    does: "",
    does_ko: "",
    means: Means::Card,
    outcome: Some(Outcome::Pays),
    hour: Hour::Now,
    ending: Ending::Returns,
};

const ALL: [Script; 12] = [
    Script {
        name: "pays_by_card",
        does: "opens the page, picks the first card and authenticates",
        does_ko: "카드로 결제합니다",
        ..SHAPE
    },
    Script {
        name: "pays_by_money",
        does: "opens the page, picks money and authenticates",
        does_ko: "카카오페이머니로 결제합니다",
        means: Means::Money,
        ..SHAPE
    },
    Script {
        name: "quits",
        does: "opens the page and gives up",
        does_ko: "결제를 그만둡니다",
        means: Means::Nothing,
        ..SHAPE
    },
    Script {
        name: "short_of_balance",
        does: "pays by money that is not there: approve answers -780 with 8008, then FAIL_PAYMENT",
        does_ko: "머니 잔액이 모자랍니다. approve가 -780(8008)을 답합니다",
        means: Means::Money,
        outcome: Some(Outcome::ShortOfBalance),
        ..SHAPE
    },
    Script {
        name: "card_refused",
        does: "pays by a card that is refused: approve answers -780, then FAIL_PAYMENT",
        does_ko: "카드사가 거절합니다. approve가 -780을 답합니다",
        outcome: Some(Outcome::CardRefused),
        ..SHAPE
    },
    Script {
        name: "locked",
        does: "has another payment under way: the first approve answers -780 with USER_LOCKED, the next one works",
        does_ko: "다른 결제가 진행 중입니다. 첫 approve만 -780(USER_LOCKED)입니다",
        outcome: Some(Outcome::Locked),
        ..SHAPE
    },
    Script {
        name: "bank_unknown",
        does: "pays, and the bank's answer is lost: approve answers -780 with BANK_FIRM_UNKNOWN, a lookup says SUCCESS_PAYMENT",
        does_ko: "은행 응답이 사라집니다. approve는 -780(BANK_FIRM_UNKNOWN), 조회는 결제 완료입니다",
        means: Means::Money,
        outcome: Some(Outcome::BankUnknown),
        ..SHAPE
    },
    Script {
        name: "wrong_password",
        does: "types the password wrong five times: FAIL_AUTH_PASSWORD, and on to fail_url",
        does_ko: "비밀번호를 다섯 번 틀립니다. FAIL_AUTH_PASSWORD로 끝납니다",
        outcome: Some(Outcome::WrongPassword),
        ..SHAPE
    },
    Script {
        name: "closes_window",
        does: "picks a card and closes the window: nothing comes back, and the payment expires",
        does_ko: "카드를 고르고 창을 닫습니다. 아무 데도 돌아가지 않고 만료됩니다",
        outcome: None,
        ending: Ending::StaysAway,
        ..SHAPE
    },
    Script {
        name: "never_returns",
        does: "authenticates by card and never comes back: the shop gets no pg_token",
        does_ko: "인증을 마치고 상점으로 돌아가지 않습니다",
        ending: Ending::StaysAway,
        ..SHAPE
    },
    Script {
        name: "pays_at_14_59",
        does: "moves the sandbox's clock to 14:59 after ready and pays by card in the last second",
        does_ko: "시계를 14분 59초로 옮겨 마지막 순간에 결제합니다",
        hour: Hour::LastSecond,
        ..SHAPE
    },
    Script {
        name: "returns_elsewhere",
        does: "authenticates by card and comes back in another browser, without the shop's cookies",
        does_ko: "인증한 뒤 쿠키가 없는 다른 브라우저로 돌아갑니다",
        ending: Ending::ReturnsElsewhere,
        ..SHAPE
    },
];

static TABLE: [Script; ALL.len()] = ALL;

/// The scripts by name, each with what the payer does.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant that panics does not compile"
)]
pub const SCRIPTS: &[(&str, &str)] = &{
    let mut listed = [("", ""); ALL.len()];
    let mut index = 0;
    while index < ALL.len() {
        listed[index] = (ALL[index].name, ALL[index].does);
        index += 1;
    }
    listed
};

pub(crate) fn scripts() -> &'static [Script] {
    &TABLE
}

impl Script {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        TABLE.iter().find(|script| script.name == name)
    }
}
