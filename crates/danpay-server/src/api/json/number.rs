//! Numbers as they are written. None passes through a floating-point number, which would round.

/// The whole number that is written, if it is one: `2200`, `2200.0` and `22e2` are, `2200.5` is not.
/// One beyond `i64` is the end of `i64` on its side, which is in no range that is taken.
///
/// `number` has JSON's form.
pub(super) fn whole(number: &str) -> Option<i64> {
    let (sign, size) = match number.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", number),
    };
    let (mantissa, exponent) = size.split_once(['e', 'E']).unwrap_or((size, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // The number is these digits with so many zeros behind them.
    let significant = digits.trim_end_matches('0');
    let zeros = exponent_of(exponent)
        .saturating_sub_unsigned(after.len() as u64)
        .saturating_add_unsigned((digits.len() - significant.len()) as u64);
    let zeros = u64::try_from(zeros).ok()?;
    let beyond = if sign.is_empty() { i64::MAX } else { i64::MIN };
    // 19 digits hold every i64.
    if zeros > 18 {
        return Some(beyond);
    }
    let zeros = "0".repeat(usize::try_from(zeros).ok()?);
    Some(
        format!("{sign}{significant}{zeros}")
            .parse()
            .unwrap_or(beyond),
    )
}

fn exponent_of(text: &str) -> i64 {
    let beyond = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    text.parse().unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_that_is_whole_is_whole_however_it_is_written() {
        let cases = [
            ("2200", Some(2200)),
            ("2200.0", Some(2200)),
            ("2200.000e0", Some(2200)),
            ("22e2", Some(2200)),
            ("22E+2", Some(2200)),
            ("0.022e5", Some(2200)),
            ("220000e-2", Some(2200)),
            ("-2200.0", Some(-2200)),
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", Some(i64::MAX)),
            ("99999999999999999999", Some(i64::MAX)),
            ("1e400", Some(i64::MAX)),
            ("-1e400", Some(i64::MIN)),
            ("1e99999999999999999999", Some(i64::MAX)),
            ("2200.5", None),
            ("2200.00000000000000000001", None),
            ("1e-1", None),
            ("1e-99999999999999999999", None),
        ];
        for (number, expected) in cases {
            assert_eq!(whole(number), expected, "{number}");
        }
    }

    proptest! {
        #[test]
        fn every_i64_is_read_to_the_last_digit(
            number in any::<i64>(), places in 0_usize..25, zeros in 0_usize..5,
        ) {
            let zeros = "0".repeat(zeros);
            prop_assert_eq!(whole(&number.to_string()), Some(number));
            prop_assert_eq!(whole(&format!("{number}.{zeros}0")), Some(number));
            let places_of_zeros = "0".repeat(places);
            let shifted = format!("{number}{places_of_zeros}.{zeros}0e-{places}");
            prop_assert_eq!(whole(&shifted), Some(number));
            let fraction = format!("{number}.{zeros}1");
            prop_assert_eq!(whole(&fraction), None);
        }
    }
}
