//! Korean particles, which agree with the sound before them.

/// `word` with the particle that follows it: `consonant` (은, 이, 을, 이어야) after a sound that is
/// closed, `vowel` (는, 가, 를, 여야) after one that is open.
pub(crate) fn with_particle(word: &str, [consonant, vowel]: [&str; 2]) -> String {
    let particle = if ends_closed(word) { consonant } else { vowel };
    format!("{word}{particle}")
}

/// `word` with 으로, or with 로, which also follows the sound of ㄹ.
pub(crate) fn toward(word: &str) -> String {
    let particle = if ends_closed(word) && !ends_in_l(word) {
        "으로"
    } else {
        "로"
    };
    format!("{word}{particle}")
}

/// Whether a Korean says the word with a consonant at its end. Signs are not said.
fn ends_closed(word: &str) -> bool {
    let said = word.trim_end_matches(|char: char| !char.is_alphanumeric());
    let Some(last) = said.chars().next_back() else {
        return false;
    };
    match last {
        '가'..='힣' => (u32::from(last) - u32::from('가')) % 28 != 0,
        // 영, 일, 삼, 육, 칠, 팔.
        '0' | '1' | '3' | '6' | '7' | '8' => true,
        _ => {
            // 엘, 엠, 엔, and their words: url, item, reason. An `e` after them is silent: name,
            // phone; so it is in type.
            let said = said.to_ascii_lowercase();
            ["l", "m", "n", "ng", "le", "me", "ne", "type"]
                .iter()
                .any(|end| said.ends_with(end))
        }
    }
}

/// Whether that consonant is ㄹ.
fn ends_in_l(word: &str) -> bool {
    let said = word.trim_end_matches(|char: char| !char.is_alphanumeric());
    match said.chars().next_back() {
        Some(last @ '가'..='힣') => (u32::from(last) - u32::from('가')) % 28 == 8,
        // 일, 칠, 팔.
        Some('1' | '7' | '8') => true,
        _ => {
            let said = said.to_ascii_lowercase();
            said.ends_with('l') || said.ends_with("le")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_particle_agrees_with_the_sound_before_it() {
        let closed = "cancel_url amount.total item_name reason approval payment_method_type 주문 \
                      URL order-1 a0 3 \"manual\"";
        for word in closed.split_whitespace() {
            assert_eq!(with_particle(word, ["은", "는"]), format!("{word}은"));
        }
        let open = "amount order_id quantity item_code metadata amount.tax_free expected_left \
                    available_cards Idempotency-Key 취소 order-2 4 5 9 \"MONEY\" (초) body";
        for word in open.split_whitespace() {
            assert_eq!(with_particle(word, ["은", "는"]), format!("{word}는"));
        }
        for word in "초코파이 서울 다있는몰 Chocomall 가게(8) 4".split_whitespace() {
            assert_eq!(toward(word), format!("{word}로"));
        }
        for word in "초코파이집 본점 상점3 item_name".split_whitespace() {
            assert_eq!(toward(word), format!("{word}으로"));
        }
        assert_eq!(with_particle("!", ["이", "가"]), "!가");
        assert_eq!(with_particle("", ["이", "가"]), "가");
    }
}
