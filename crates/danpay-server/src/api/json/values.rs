//! What a value may have to be.

use std::collections::BTreeMap;

use danpay_core::{InvalidField, Won};

use super::object::{Field, Read};
use super::{Json, number, shortened};
use crate::http::korean::with_particle;

/// A text, as the core takes it.
pub(in crate::api) fn text<T>(field: &Field<'_>) -> Read<T>
where
    T: TryFrom<String, Error = InvalidField>,
{
    let text = string(field)?;
    let sent = format!("{:?}", shortened(&text));
    T::try_from(text).map_err(|error| {
        vec![InvalidField::new(
            field.name(),
            format!("{} (sent: {sent})", error.message),
            format!("{} (보낸 값: {sent})", error.message_ko),
        )]
    })
}

/// Any text.
pub(in crate::api) fn string(field: &Field<'_>) -> Read<String> {
    match field.json {
        Json::Text(text) => Ok(text.clone()),
        _ => Err(field.unfit("must be a string in quotes", "따옴표로 감싼 문자열이어야")),
    }
}

/// A whole number in this range. Any is whole that has no fraction but zeros.
pub(in crate::api) fn whole(least: i64, most: i64) -> impl Fn(&Field<'_>) -> Read<i64> {
    move |field| {
        let number = number(field)?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(field.unfit(
                &format!("must be from {least} to {most}"),
                &format!("{least} 이상 {most} 이하여야"),
            ))
        }
    }
}

/// An amount in whole KRW.
pub(in crate::api) fn won(field: &Field<'_>) -> Read<Won> {
    Won::try_from(number(field)?).map_err(|_| {
        let max = Won::MAX;
        field.unfit(
            &format!("must be a whole amount in KRW from 0 to {max}"),
            &format!("0 이상 {max} 이하의 원 단위 정수여야"),
        )
    })
}

fn number(field: &Field<'_>) -> Read<i64> {
    let number = match field.json {
        Json::Number(number) => number::whole(number),
        _ => None,
    };
    number.ok_or_else(|| {
        field.unfit(
            "must be a whole number without quotes",
            "따옴표 없는 정수여야",
        )
    })
}

/// True or false.
pub(in crate::api) fn boolean(field: &Field<'_>) -> Read<bool> {
    match field.json {
        Json::Bool(value) => Ok(*value),
        _ => Err(field.unfit("must be true or false", "true 또는 false여야")),
    }
}

/// Some texts in an array, each of which `is_known`: at least one, each of them once.
pub(in crate::api) fn words(
    is_known: impl Fn(&str) -> bool,
    (expected, expected_ko): (&str, &str),
) -> impl Fn(&Field<'_>) -> Read<Vec<String>> {
    move |field| {
        let Json::Array(values) = field.json else {
            return Err(field.unfit(expected, expected_ko));
        };
        if values.is_empty() {
            return Err(field.unfit(expected, expected_ko));
        }
        let mut words: Vec<String> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            match value {
                Json::Text(word) if is_known(word) => {
                    if !words.contains(word) {
                        words.push(word.clone());
                    }
                }
                _ => {
                    let value = field.within(&format!("[{index}]"), value);
                    return Err(value.unfit(expected, expected_ko));
                }
            }
        }
        Ok(words)
    }
}

/// One of these words.
pub(in crate::api) fn one_of<T: Copy>(
    words: [(&'static str, T); 2],
) -> impl Fn(&Field<'_>) -> Read<T> {
    move |field| {
        let asked = match field.json {
            Json::Text(text) => words.iter().find(|(word, _)| word == text),
            _ => None,
        };
        asked.map(|(_, value)| *value).ok_or_else(|| {
            let [(one, _), (other, _)] = words;
            let last = with_particle(&format!("\"{other}\""), ["이어야", "여야"]);
            field.unfit(
                &format!("must be \"{one}\" or \"{other}\""),
                &format!("\"{one}\" 또는 {last}"),
            )
        })
    }
}

/// Texts in an array.
pub(in crate::api) fn texts<T, C>(field: &Field<'_>) -> Read<C>
where
    T: TryFrom<String, Error = InvalidField>,
    C: FromIterator<T>,
{
    let Json::Array(values) = field.json else {
        return Err(field.unfit("must be an array of strings", "문자열 배열이어야"));
    };
    let each = values.iter().enumerate();
    all(each.map(|(index, value)| text(&field.within(&format!("[{index}]"), value))))
}

/// Texts by their names, each of which `check` takes. One that is null is left out.
pub(in crate::api) fn texts_by_name(
    check: impl Fn(&str, &str) -> Result<(), InvalidField>,
) -> impl Fn(&Field<'_>) -> Read<BTreeMap<String, String>> {
    move |field| {
        let Json::Object(members) = field.json else {
            return Err(field.unfit("must be a JSON object", "JSON 객체여야"));
        };
        let there = members.iter().filter(|(_, value)| *value != Json::Null);
        all(there.map(|(name, value)| {
            let text = string(&field.within(&format!(".{}", shortened(name)), value))?;
            check(name, &text).map_err(|error| vec![error])?;
            Ok((name.clone(), text))
        }))
    }
}

/// All that was read, or all that is wrong with it.
fn all<T, C: FromIterator<T>>(each: impl Iterator<Item = Read<T>>) -> Read<C> {
    let mut errors = Vec::new();
    let right = each.filter_map(|read| read.map_err(|found| errors.extend(found)).ok());
    let right = right.collect();
    if errors.is_empty() {
        Ok(right)
    } else {
        Err(errors)
    }
}

/// What the core takes of a value that was read: `then(whole(0, 12), InstallMonth::try_from)`.
pub(in crate::api) fn then<T, U>(
    read: impl Fn(&Field<'_>) -> Read<T>,
    take: impl Fn(T) -> Result<U, InvalidField>,
) -> impl Fn(&Field<'_>) -> Read<U> {
    move |field| take(read(field)?).map_err(|error| vec![error])
}
