//! From text to a tree, by RFC 8259 and nothing more.
//!
//! **Invariant**: it takes what serde takes (a test holds the two against each other), but for what
//! is nested deeper than anything of ours; and it says in both languages where it has stopped.

use super::Json;
use crate::limits::JSON_DEPTH;

/// The characters of `\uAC00`.
const UNIT: usize = 6;

/// Where and why a text is no JSON.
#[derive(Debug, PartialEq)]
pub(in crate::api) struct Malformed {
    pub(in crate::api) message: String,
    pub(in crate::api) message_ko: String,
}

/// What would have been right: in English, and in Korean with its particle.
type Expected = [&'static str; 2];

const VALUE: Expected = ["a value", "값이"];
const NAME: Expected = ["a name in double quotes", "큰따옴표로 감싼 이름이"];
const COLON: Expected = ["a colon", "콜론이"];
const COMMA: Expected = ["a comma or a closing bracket", "쉼표나 닫는 괄호가"];
const DIGIT: Expected = ["a digit", "숫자가"];
const QUOTE: Expected = ["a closing double quote", "닫는 큰따옴표가"];
const ESCAPED: Expected = [
    "an escape such as \\n instead of this character",
    "이 문자 대신 \\n 같은 이스케이프가",
];
const ESCAPE: Expected = [
    "a JSON escape such as \\n or \\uAC00",
    "\\n이나 \\uAC00 같은 JSON 이스케이프가",
];
const END: Expected = ["nothing more", "본문의 끝이"];

/// Reads one value that is all of the text.
pub(in crate::api) fn parse(text: &str) -> Result<Json<'_>, Malformed> {
    let mut parser = Parser { text, rest: text };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.rest.is_empty() {
        Ok(value)
    } else {
        Err(parser.expected(END))
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Json<'a>, Malformed> {
        if depth > JSON_DEPTH {
            return Err(self.too_deep());
        }
        self.skip_space();
        match self.rest.bytes().next() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words = [
                    ("null", Json::Null),
                    ("true", Json::Bool(true)),
                    ("false", Json::Bool(false)),
                ];
                for (word, value) in words {
                    if self.take(word) {
                        return Ok(value);
                    }
                }
                Err(self.expected(VALUE))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Malformed> {
        let mut members = Vec::new();
        self.take("{");
        self.skip_space();
        if self.take("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if !self.rest.starts_with('"') {
                return Err(self.expected(NAME));
            }
            let name = self.text()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.expected(COLON));
            }
            members.push((name, self.value(depth + 1)?));
            if self.ends("}")? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Malformed> {
        let mut values = Vec::new();
        self.take("[");
        self.skip_space();
        if self.take("]") {
            return Ok(Json::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            if self.ends("]")? {
                return Ok(Json::Array(values));
            }
        }
    }

    /// Whether the bracket closes here; otherwise a comma announces more.
    fn ends(&mut self, bracket: &str) -> Result<bool, Malformed> {
        self.skip_space();
        if self.take(bracket) {
            Ok(true)
        } else if self.take(",") {
            Ok(false)
        } else {
            Err(self.expected(COMMA))
        }
    }

    fn number(&mut self) -> Result<Json<'a>, Malformed> {
        let start = self.rest;
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.digits()?;
        }
        let length = start.len() - self.rest.len();
        Ok(Json::Number(start.get(..length).unwrap_or_default()))
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let rest = self
            .rest
            .trim_start_matches(|char: char| char.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(self.expected(DIGIT));
        }
        self.rest = rest;
        Ok(())
    }

    fn text(&mut self) -> Result<String, Malformed> {
        self.take("\"");
        let mut text = String::new();
        loop {
            let stop = |char: char| char < ' ' || char == '"' || char == '\\';
            let plain = self.rest.find(stop).unwrap_or(self.rest.len());
            let (before, rest) = self.rest.split_at_checked(plain).unwrap_or_default();
            text.push_str(before);
            self.rest = rest;
            if self.take("\"") {
                return Ok(text);
            }
            if self.rest.is_empty() {
                return Err(self.expected(QUOTE));
            }
            if !self.rest.starts_with('\\') {
                return Err(self.expected(ESCAPED));
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let escapes = [
            ("\\\"", '"'),
            ("\\\\", '\\'),
            ("\\/", '/'),
            ("\\b", '\u{8}'),
            ("\\f", '\u{c}'),
            ("\\n", '\n'),
            ("\\r", '\r'),
            ("\\t", '\t'),
        ];
        for (escape, char) in escapes {
            if self.take(escape) {
                return Ok(char);
            }
        }
        // A character beyond the first 65,536 is written as two halves.
        let at = self.rest;
        let units = [self.unit(), self.unit()];
        let mut chars = char::decode_utf16(units.into_iter().flatten());
        let char = chars.next().and_then(Result::ok);
        // What follows is a character of its own unless it was the other half.
        let written = char.map_or(0, char::len_utf16) * UNIT;
        self.rest = at.get(written..).unwrap_or_default();
        char.ok_or_else(|| self.expected(ESCAPE))
    }

    /// `\u` and four digits.
    fn unit(&mut self) -> Option<u16> {
        let (unit, rest) = self.rest.split_at_checked(UNIT)?;
        let digits = unit.strip_prefix("\\u")?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u16::from_str_radix(digits, 16).ok()
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn too_deep(&self) -> Malformed {
        let [place, place_ko] = self.place();
        Malformed {
            message: format!("{place}: it is nested more than {JSON_DEPTH} deep"),
            message_ko: format!("{place_ko}: {JSON_DEPTH}단계보다 깊이 중첩되었습니다"),
        }
    }

    fn expected(&self, [expected, expected_ko]: Expected) -> Malformed {
        let [place, place_ko] = self.place();
        let [found, found_ko] = match self.rest.chars().next() {
            Some(char) if char.is_control() || char.is_whitespace() => {
                let code = format!("U+{:04X}", u32::from(char));
                [
                    format!("there is {code}"),
                    format!("자리에 {code} 문자가 있습니다"),
                ]
            }
            Some(char) => [
                format!("there is `{char}`"),
                format!("자리에 `{char}` 문자가 있습니다"),
            ],
            None => ["the body ends", "자리에서 본문이 끝났습니다"].map(str::to_owned),
        };
        Malformed {
            message: format!("{place}: expected {expected}, but {found}"),
            message_ko: format!("{place_ko}: {expected_ko} 올 {found_ko}"),
        }
    }

    /// Where it stands: the line, and the character in it.
    fn place(&self) -> [String; 2] {
        let read = self.text.len() - self.rest.len();
        let read = self.text.get(..read).unwrap_or_default();
        let line = read.matches('\n').count() + 1;
        let column = read.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        [
            format!("line {line}, character {column}"),
            format!("{line}번째 줄 {column}번째 글자"),
        ]
    }
}
