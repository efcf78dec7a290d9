//! Test cards: two that are known in full, and one for each other code of `available_cards`, so
//! that no list of KakaoPay's codes leaves a payer without a way.
//! Invariant: what a card says comes from a real log or from KakaoPay's documentation; what is not
//! known of it is `000`, or digits that nobody takes for real.

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Card {
    /// The name in forms, scripts and test ids.
    pub(crate) key: &'static str,
    /// KakaoPay's code for the company in `available_cards`.
    pub(crate) company: &'static str,
    pub(crate) name_ko: &'static str,
    pub(crate) name_en: &'static str,
    pub(crate) purchase_corp: &'static str,
    pub(crate) purchase_corp_code: &'static str,
    pub(crate) issuer_corp: &'static str,
    pub(crate) issuer_corp_code: &'static str,
    pub(crate) bin: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) mid: &'static str,
    pub(crate) item_code: &'static str,
}

/// How many of them are known, and shown when the merchant names none.
pub(crate) const KNOWN: usize = 2;

pub(crate) static CARDS: [Card; 19] = [
    // Seen in a real log of the test CID (2024-07-30).
    Card {
        key: "shinhan",
        company: "SHINHAN",
        name_ko: "신한 신용카드",
        name_en: "Shinhan, credit",
        purchase_corp: "신한",
        purchase_corp_code: "701",
        issuer_corp: "신한",
        issuer_corp_code: "101",
        bin: "111111",
        kind: "신용",
        mid: "111111",
        item_code: "111111",
    },
    // The sample of KakaoPay's documentation; it shows no card_item_code.
    Card {
        key: "suhyup",
        company: "SUHYUP",
        name_ko: "수협은행 체크카드",
        name_en: "Suhyup Bank, check",
        purchase_corp: "비씨카드",
        purchase_corp_code: "104",
        issuer_corp: "수협은행",
        issuer_corp_code: "212",
        bin: "621640",
        kind: "체크",
        mid: "123456789",
        item_code: "",
    },
    of("kb", "KB", "KB국민", "KB Kookmin"),
    of("hyundai", "HYUNDAI", "현대", "Hyundai"),
    of("lotte", "LOTTE", "롯데", "Lotte"),
    of("samsung", "SAMSUNG", "삼성", "Samsung"),
    of("nh", "NH", "NH농협", "NH Nonghyup"),
    of("bc", "BC", "비씨", "BC"),
    of("hana", "HANA", "하나", "Hana"),
    of("citi", "CITI", "씨티", "Citi"),
    of("kakaobank", "KAKAOBANK", "카카오뱅크", "KakaoBank"),
    of("kakaopay", "KAKAOPAY", "카카오페이", "KakaoPay"),
    of("woorionly", "WOORIONLY", "우리(독자)", "Woori"),
    // By agreement.
    of("shinhyup", "SHINHYUP", "신협", "Shinhyup"),
    of("jeonbuk", "JEONBUK", "전북은행", "Jeonbuk Bank"),
    of("jeju", "JEJU", "제주은행", "Jeju Bank"),
    of("sc", "SC", "SC제일은행", "SC First Bank"),
    // Of the predecessor's list.
    of("woori", "WOORI", "우리", "Woori"),
    of("gwangju", "GWANGJU", "광주은행", "Gwangju Bank"),
];

/// A card of which the company's code alone is known.
const fn of(
    key: &'static str,
    company: &'static str,
    name_ko: &'static str,
    name_en: &'static str,
) -> Card {
    Card {
        key,
        company,
        name_ko,
        name_en,
        purchase_corp: name_ko,
        purchase_corp_code: "000",
        issuer_corp: name_ko,
        issuer_corp_code: "000",
        bin: "000000",
        kind: "신용",
        mid: "000000",
        item_code: "",
    }
}

impl Card {
    pub(crate) fn is_check(&self) -> bool {
        self.kind == "체크"
    }
}
