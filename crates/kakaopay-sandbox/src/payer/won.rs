//! Amounts as people read them.

pub(crate) fn with_commas(won: u64) -> String {
    let digits = won.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (won, text) in [
            (1, "1"),
            (999, "999"),
            (2_200, "2,200"),
            (1_100_000, "1,100,000"),
        ] {
            assert_eq!(with_commas(won), text);
        }
    }
}
