//! Hides keys and tokens in what is shown of a call, wherever a client put them.
//! Works on text, as a body that is broken JSON, a form or an address carries the same secrets.
//! Invariant: what is not named as a secret, and is none by its form, is shown as it came.

use http::HeaderName;

const MASK: &str = "***";
/// Names of secrets in bodies, queries and headers, without `_` and `-`.
const SECRETS: [&str; 11] = [
    "pgtoken",
    "cidsecret",
    "secretkey",
    "devsecretkey",
    "authorization",
    "adminkey",
    "kakaoak",
    "kakaopaysecretkey",
    "kakaopaykey",
    "clientsecret",
    "apikey",
];
const SCHEMES: [&str; 3] = ["DEV_SECRET_KEY", "SECRET_KEY", "KakaoAK"];
/// A shorter key may be an ordinary word, such as `test`.
pub(super) const KEY_MIN: usize = 8;
/// The length of KakaoPay's keys.
const KEY: usize = 40;

/// A header's value. A scheme is kept, as that is what clients get wrong.
pub(super) fn header(name: &HeaderName, value: &str) -> String {
    match scheme_of(value) {
        Some(scheme) => {
            let rest = value.get(scheme.len()..).unwrap_or_default();
            let key = rest.trim_start_matches([' ', ':']);
            let between = rest.strip_suffix(key).unwrap_or_default();
            format!("{scheme}{between}{}", masked(key))
        }
        None if is_secret_header(name.as_str()) => match value.split_once(' ') {
            // `Bearer`; but of a key with a blank in it nothing is a scheme.
            Some((scheme, _)) if scheme.len() < KEY_MIN => format!("{scheme} {MASK}"),
            _ => masked(value).to_owned(),
        },
        None => text(value, &[]),
    }
}

fn masked(key: &str) -> &str {
    if key.is_empty() { "" } else { MASK }
}

/// The beginning of `SECRET_KEY DEV…`, `secret_key:DEV…` or `SECRET_KEYDEV…`, as it is written.
fn scheme_of(value: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| {
        let begin = value.get(..scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then_some(begin)
    })
}

fn is_secret_header(name: &str) -> bool {
    let plain = plain(name);
    // Authorisation, Autorization, Auth.
    let near = plain.starts_with("auth") || plain.starts_with("autor");
    near || is_secret(name)
        || plain.contains("secret")
        || plain.contains("token")
        || plain == "cookie"
}

fn is_secret(name: &str) -> bool {
    SECRETS.contains(&plain(name).as_str())
}

fn plain(name: &str) -> String {
    name.replace(['_', '-'], "").to_ascii_lowercase()
}

/// The keys that a call itself shows to be keys, for [`text`].
pub(super) fn keys_in(authorization: &str) -> Option<String> {
    let scheme = scheme_of(authorization)?;
    let key = authorization
        .get(scheme.len()..)?
        .trim_start_matches([' ', ':'])
        .trim();
    (key.len() >= KEY_MIN).then(|| key.to_owned())
}

/// A body or a query. `keys` are hidden wherever they stand as a word.
pub(super) fn text(text: &str, keys: &[String]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_word) {
        let (before, from) = rest.split_at(begin);
        shown.push_str(before);
        let end = from
            .find(|letter| !is_of_word(letter))
            .unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        if is_key(word) || keys.iter().any(|key| key == word) {
            shown.push_str(MASK);
            rest = after;
            continue;
        }
        shown.push_str(word);
        let quoted = before.ends_with(['"', '\'']);
        rest = after;
        if let Some(value) = value_of(word, quoted, after) {
            let (between, from) = after.split_at(value.start);
            let (secret, after) = from.split_at(value.end - value.start);
            shown.push_str(between);
            shown.push_str(masked(secret));
            rest = after;
        }
    }
    shown + rest
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

/// KakaoPay's keys by their form: 40 capitals and digits, both.
fn is_key(word: &str) -> bool {
    let capital = |byte: &u8| byte.is_ascii_uppercase();
    let digit = |byte: &u8| byte.is_ascii_digit();
    let bytes = word.as_bytes();
    bytes.len() == KEY
        && bytes.iter().all(|byte| capital(byte) || digit(byte))
        && bytes.iter().any(capital)
        && bytes.iter().any(digit)
}

/// Where the value stands that a secret's name is followed by, if it is one's name and not a word
/// of a sentence: `"name": "value"`, `name: 'value'`, `name=value`, `SECRET_KEY value`.
fn value_of(word: &str, quoted: bool, after: &str) -> Option<std::ops::Range<usize>> {
    let scheme = scheme_of(word).filter(|scheme| scheme.len() == word.len());
    if let (Some(_), Some(key)) = (scheme, after.strip_prefix(' ')) {
        let end = key
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(key.len());
        let looks = key.get(..end)?;
        let is_key = end >= KEY_MIN && looks.contains(|letter: char| letter.is_ascii_digit());
        return is_key.then_some(1..1 + end);
    }
    if !is_secret(word) {
        return None;
    }
    // Of JSON inside a JSON string the quotes are escaped.
    let closing = after.trim_start_matches('\\').strip_prefix(['"', '\'']);
    let sign = closing.unwrap_or(after).trim_start();
    let equals = sign.starts_with('=');
    let value = sign.strip_prefix([':', '='])?.trim_start();
    let opened = value.trim_start_matches('\\');
    let opening = opened
        .chars()
        .next()
        .filter(|letter| matches!(letter, '"' | '\''));
    if !equals && closing.is_none() && (quoted || opening.is_none()) {
        return None;
    }
    let value = opening.map_or(value, |_| opened.get(1..).unwrap_or_default());
    let ends = |letter: char| match opening {
        Some(quote) => letter == quote || letter == '\\' || letter == '\n',
        None => {
            letter.is_whitespace() || matches!(letter, '"' | '\'' | ',' | '&' | '}' | ']' | '\\')
        }
    };
    let start = after.len() - value.len();
    Some(start..start + value.find(ends).unwrap_or(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "DEV0123456789ABCDEF0123456789ABCDEF01234";

    fn hidden(body: &str) -> String {
        text(body, &[])
    }

    #[test]
    fn tokens_are_masked_in_json_in_broken_json_and_in_forms() {
        for (body, shown) in [
            (
                r#"{"tid":"T1","pg_token" : "abc","x":1}"#,
                r#"{"tid":"T1","pg_token" : "***","x":1}"#,
            ),
            (
                r#"{"cid_secret":"s3cr3t","pg_token":"abc"}"#,
                r#"{"cid_secret":"***","pg_token":"***"}"#,
            ),
            (r#"{"pg_token":"a b,c"}"#, r#"{"pg_token":"***"}"#),
            (r#"{"pg_token":"abc"#, r#"{"pg_token":"***"#),
            (r#"{"pg_token":"","x":1}"#, r#"{"pg_token":"","x":1}"#),
            ("{pg_token: 'abc', x: 1}", "{pg_token: '***', x: 1}"),
            (r#""{\"pg_token\":\"abc\"}""#, r#""{\"pg_token\":\"***\"}""#),
            ("tid=T1&pg_token=abc&x=1", "tid=T1&pg_token=***&x=1"),
            (r#"{"pg_token":12345,"x":1}"#, r#"{"pg_token":***,"x":1}"#),
            (
                r#"{"approval_url":"http://shop/ok?pg_token=abc&x=1"}"#,
                r#"{"approval_url":"http://shop/ok?pg_token=***&x=1"}"#,
            ),
        ] {
            assert_eq!(hidden(body), shown);
        }
    }

    #[test]
    fn keys_are_masked_wherever_a_body_has_them() {
        for body in [
            format!(r#"{{"secret_key":"{KEY}"}}"#),
            format!(r#"{{"secretKey":"{KEY}"}}"#),
            format!(r#"{{"Authorization":"SECRET_KEY {KEY}"}}"#),
            format!(r#"{{"payload":"SECRET_KEY {KEY}"}}"#),
            format!(r#"{{"payload":"{KEY}"}}"#),
            format!("SECRET_KEY={KEY}&cid=1"),
            format!("admin_key={KEY}"),
        ] {
            let shown = hidden(&body);
            assert!(!shown.contains(KEY) && shown.contains(MASK), "{shown}");
        }
        let own = ["my-own-key".to_owned()];
        assert_eq!(
            text(r#"{"payload":"my-own-key"}"#, &own),
            r#"{"payload":"***"}"#
        );
    }

    #[test]
    fn ordinary_words_are_shown_as_they_came() {
        for body in [
            r#"{"item_name":"초코파이"}"#,
            r#"{"item_name":"pg_token guide: the book"}"#,
            r#"{"item_name":"pg_token: the book"}"#,
            r#"{"item_name":"SECRET_KEY holder, brass"}"#,
            r#"{"item_name":"the secret key, a novel"}"#,
            r#"{"pg_token_note":"abc","my_cid_secret_is":"abc"}"#,
            r#"{"item_name":"DEV authorization course"}"#,
            r#"{"tid":"T6a8d38329fd342cdd38","partner_order_id":"ORDER-20240730-0001"}"#,
            "0123456789012345678901234567890123456789",
        ] {
            assert_eq!(hidden(body), body);
        }
    }

    #[test]
    fn a_key_in_a_header_is_masked_and_its_scheme_is_not() {
        for (name, value, shown) in [
            ("authorization", "SECRET_KEY DEVABC", "SECRET_KEY ***"),
            ("authorization", "SECRET_KEYDEVABC", "SECRET_KEY***"),
            ("authorization", "SECRET_KEY: DEVABC", "SECRET_KEY: ***"),
            ("authorization", "SECRET_KEY", "SECRET_KEY"),
            ("authorization", "Bearer DEVABC", "Bearer ***"),
            ("authorization", "DEVABC", "***"),
            ("authorization", "DEVABCDEF 0123", "***"),
            ("authorisation", "DEVABC", "***"),
            ("authorizaton", "DEVABC", "***"),
            ("autorization", "DEVABC", "***"),
            ("secret_key", "DEVABC", "***"),
            ("x-secret-key", "DEVABC", "***"),
            ("x-anything", "secret_key DEVABC", "secret_key ***"),
            ("x-anything", KEY, "***"),
            ("user-agent", "Java/17 SECRET shop", "Java/17 SECRET shop"),
            ("idempotency-key", "order-1", "order-1"),
        ] {
            let name = HeaderName::from_static(name);
            assert_eq!(header(&name, value), shown, "{name}: {value}");
        }
    }
}
