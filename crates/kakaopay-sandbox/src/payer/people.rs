//! Test payers by phone number, and how each of them ends.
//! Invariant: every number that nobody is listed under belongs to somebody who pays.

use crate::ledger::Outcome;

pub(crate) struct Person {
    pub(crate) phone: &'static str,
    pub(crate) does: &'static str,
    pub(crate) does_ko: &'static str,
    /// `None` for a number that KakaoTalk does not know.
    outcome: Option<Outcome>,
}

pub(crate) static PEOPLE: [Person; 7] = [
    Person {
        phone: "01000000001",
        does: "pays",
        does_ko: "결제합니다",
        outcome: Some(Outcome::Pays),
    },
    Person {
        phone: "01000000002",
        does: "is short of balance",
        does_ko: "잔액이 모자랍니다",
        outcome: Some(Outcome::ShortOfBalance),
    },
    Person {
        phone: "01000000003",
        does: "has a card that is refused",
        does_ko: "카드가 거절됩니다",
        outcome: Some(Outcome::CardRefused),
    },
    Person {
        phone: "01000000004",
        does: "is locked by another payment",
        does_ko: "다른 결제가 진행 중입니다",
        outcome: Some(Outcome::Locked),
    },
    Person {
        phone: "01000000005",
        does: "has a bank whose answer is lost",
        does_ko: "은행 응답이 사라집니다",
        outcome: Some(Outcome::BankUnknown),
    },
    Person {
        phone: "01000000006",
        does: "types the password wrong",
        does_ko: "비밀번호를 틀립니다",
        outcome: Some(Outcome::WrongPassword),
    },
    Person {
        phone: "01000000009",
        does: "is not on KakaoTalk",
        does_ko: "카카오톡에 없습니다",
        outcome: None,
    },
];

/// Why no message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    NoPhone,
    NoBirthDate,
    /// What KakaoPay's code -761 is about.
    NotRegistered,
}

impl Unsent {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoPhone => "phone",
            Self::NoBirthDate => "birth",
            Self::NotRegistered => "unregistered",
        }
    }
}

/// The number in digits, and how the person behind it ends.
pub(crate) fn person(phone: &str, birth: &str) -> Result<(String, Outcome), Unsent> {
    let phone = phone_number(phone).ok_or(Unsent::NoPhone)?;
    if !is_birth_date(birth) {
        return Err(Unsent::NoBirthDate);
    }
    let listed = PEOPLE.iter().find(|person| person.phone == phone);
    let outcome = listed.map_or(Some(Outcome::Pays), |person| person.outcome);
    Ok((phone, outcome.ok_or(Unsent::NotRegistered)?))
}

/// A Korean mobile number, with or without hyphens and blanks.
fn phone_number(written: &str) -> Option<String> {
    let number: String = written
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' '))
        .collect();
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    (digits && number.starts_with("01") && matches!(number.len(), 10 | 11)).then_some(number)
}

/// Six digits: year, month and day.
fn is_birth_date(written: &str) -> bool {
    let date = written.trim();
    let part = |from: usize| date.get(from..from + 2)?.parse::<u8>().ok();
    date.len() == 6
        && date.bytes().all(|byte| byte.is_ascii_digit())
        && part(2).is_some_and(|month| (1..=12).contains(&month))
        && part(4).is_some_and(|day| (1..=31).contains(&day))
}

/// `010-1234-5678`.
pub(crate) fn with_hyphens(phone: &str) -> String {
    let middle = phone.len().saturating_sub(4);
    match (phone.get(..3), phone.get(3..middle), phone.get(middle..)) {
        (Some(first), Some(second), Some(last)) => format!("{first}-{second}-{last}"),
        _ => phone.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_written_with_hyphens_and_belongs_to_its_person() {
        for (written, outcome) in [
            ("010-1234-5678", Outcome::Pays),
            ("010 0000 0002", Outcome::ShortOfBalance),
            ("01000000006", Outcome::WrongPassword),
        ] {
            let (phone, ends) = person(written, "900101").unwrap();
            assert_eq!(ends, outcome, "{written}");
            assert!(phone.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn what_keeps_a_message_from_being_sent_is_told_apart() {
        for (phone, birth, unsent) in [
            ("02-123-4567", "900101", Unsent::NoPhone),
            ("", "900101", Unsent::NoPhone),
            ("010-1234-567x", "900101", Unsent::NoPhone),
            ("010-1234-5678", "19900101", Unsent::NoBirthDate),
            ("010-1234-5678", "901301", Unsent::NoBirthDate),
            ("010-1234-5678", "가나", Unsent::NoBirthDate),
            ("010-0000-0009", "900101", Unsent::NotRegistered),
        ] {
            assert_eq!(person(phone, birth), Err(unsent), "{phone} {birth}");
        }
    }

    #[test]
    fn a_number_is_shown_with_hyphens() {
        assert_eq!(with_hyphens("01012345678"), "010-1234-5678");
        assert_eq!(with_hyphens("0111234567"), "011-123-4567");
        assert_eq!(with_hyphens("1"), "1");
    }
}
