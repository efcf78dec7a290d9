//! What KakaoPay says, or does not say, where a payment is to be made.

use super::{Again, Entry, Money, WAITED, Words, words};

const NOTHING_WAS_CHARGED: (Money, Words) = (
    Money::None,
    words(
        "결제되지 않았습니다. 결제 만들기에만 오는 답입니다.",
        "Nothing was charged. Only creates get this answer.",
    ),
);

pub(super) const KAKAOPAY_REFUSED: Entry = Entry {
    title: words("카카오페이가 거절했습니다", "KakaoPay refused the payment"),
    cause: words(
        "카카오페이가 결제 준비를 거절했습니다. 카카오페이의 메시지는 `kakaopay`에 있습니다.",
        "KakaoPay refused to make the payment ready; `kakaopay` has its words.",
    ),
    money: NOTHING_WAS_CHARGED,
    act: words(
        "`kakaopay`를 로그에 남기고, 그 메시지에 따라 요청을 고치세요.",
        "Log `kakaopay`, and correct the request as it says.",
    ),
    again: (
        Again::No,
        words(
            "같은 요청은 다시 거절됩니다.",
            "No: the same gets the same no.",
        ),
    ),
};

pub(super) const KAKAOPAY_NO_ANSWER: Entry = Entry {
    title: words(
        "카카오페이의 응답을 쓸 수 없습니다",
        "KakaoPay gave no usable answer",
    ),
    cause: words(
        "결제 준비에 카카오페이의 응답이 없거나, 응답을 쓸 수 없습니다.",
        "When the payment was made ready, KakaoPay gave no answer, or none that can be used.",
    ),
    money: NOTHING_WAS_CHARGED,
    act: words(
        "다시 시도하세요. 이어지면 고객에게 잠시 뒤에 다시 눌러 달라고 하세요.",
        "Try again. If it goes on, ask the customer to press again in a moment.",
    ),
    again: WAITED,
};

pub(super) const KAKAOPAY_SETUP: Entry = Entry {
    title: words(
        "카카오페이 설정이 맞지 않습니다",
        "KakaoPay does not accept danpay's setup",
    ),
    cause: words(
        "카카오페이가 danpay의 키, 가맹점 코드(CID) 또는 주소를 받아들이지 않습니다.",
        "KakaoPay does not accept danpay's key, merchant code (CID) or address.",
    ),
    money: (
        Money::None,
        words("결제되지 않았습니다.", "Nothing was charged."),
    ),
    act: words(
        "운영자가 조치해야 합니다. 운영자에게 알리세요.",
        "The operator has to act: tell them.",
    ),
    again: WAITED,
};

pub(super) const KAKAOPAY_QUOTA: Entry = Entry {
    title: words(
        "카카오페이 호출 한도를 넘었습니다",
        "KakaoPay was asked too often",
    ),
    cause: words(
        "카카오페이가 호출이 너무 많다고 답했거나, 차례가 너무 뒤라 기다리게 하지 않았습니다.",
        "KakaoPay said that it was asked too often, or this call's turn would have come too late.",
    ),
    money: NOTHING_WAS_CHARGED,
    act: words(
        "기다렸다가 다시 시도하세요. 최대 10분입니다.",
        "Wait, then try again: it is 10 minutes at most.",
    ),
    again: WAITED,
};

pub(super) const KAKAOPAY_UNREACHABLE: Entry = Entry {
    title: words(
        "카카오페이에 연결할 수 없습니다",
        "KakaoPay cannot be reached",
    ),
    cause: words(
        "카카오페이에 연결할 수 없거나, 여러 번 실패해서 잠시 부르지 않고 있습니다.",
        "KakaoPay cannot be reached, or has failed several times and is left alone for a moment.",
    ),
    money: NOTHING_WAS_CHARGED,
    act: words("몇 초 뒤에 다시 시도하세요.", "Try again in some seconds."),
    again: WAITED,
};
