//! What the servers logged: no secret and no panic may be in it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};

/// What Rust says of one, and what danpay's log does.
const PANICS: [&[u8]; 2] = [b" panicked at ", b"panic.location"];

/// How many lines a log has, and which of them it must not have.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) lines: u64,
    pub(crate) secrets: Vec<u64>,
    pub(crate) panics: Vec<u64>,
}

pub(crate) fn search(path: &Path, secrets: &BTreeSet<String>) -> Result<Found> {
    let log = File::open(path).with_context(|| format!("no log at {}", path.display()))?;
    in_lines(BufReader::new(log), secrets)
}

fn in_lines(mut log: impl BufRead, secrets: &BTreeSet<String>) -> Result<Found> {
    let lengths: BTreeSet<usize> = secrets.iter().map(String::len).collect();
    let shortest = lengths.first().copied().unwrap_or(usize::MAX);
    let secrets: BTreeSet<&[u8]> = secrets.iter().map(String::as_bytes).collect();
    let mut found = Found::default();
    let mut line = Vec::new();
    while log.read_until(b'\n', &mut line)? > 0 {
        found.lines += 1;
        // Secrets are of letters, digits and `_`: wherever there is one, it is within a word.
        let words = line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        let mut long = words.filter(|word| word.len() >= shortest);
        if long.any(|word| has_any(word, &lengths, &secrets)) {
            found.secrets.push(found.lines);
        }
        let is_in = |said: &&[u8]| line.windows(said.len()).any(|part| part == *said);
        if PANICS.iter().any(is_in) {
            found.panics.push(found.lines);
        }
        line.clear();
    }
    Ok(found)
}

fn has_any(word: &[u8], lengths: &BTreeSet<usize>, secrets: &BTreeSet<&[u8]>) -> bool {
    let mut lengths = lengths.iter().filter(|length| **length > 0);
    lengths.any(|length| word.windows(*length).any(|part| secrets.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaks(log: &str) -> Vec<u64> {
        let secrets = ["0123456789abcdef0123", "danpay_sk_abc234"].map(str::to_owned);
        in_lines(log.as_bytes(), &secrets.into()).unwrap().secrets
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands_in_a_line() {
        assert_eq!(
            leaks("well\nGET /return?pg_token=0123456789abcdef0123&x\n"),
            [2]
        );
        assert_eq!(leaks("{\\\"token\\\":\\\"x0123456789abcdef01234\\\"}"), [1]);
        assert_eq!(leaks("Bearer danpay_sk_abc234"), [1]);
    }

    #[test]
    fn a_panic_is_found() {
        let log = "well\nthread 'main' (7) panicked at src/main.rs:1:1:\nindex\n\
                   2026-01-01T00:00:00Z ERROR danpay::log: panicked panic.message=\"index\" \
                   panic.location=src/main.rs:1:1\n";
        let found = in_lines(log.as_bytes(), &BTreeSet::new()).unwrap();
        assert_eq!((found.lines, found.panics), (4, vec![2, 4]));
    }

    #[test]
    fn what_only_resembles_a_secret_is_none() {
        assert_eq!(
            leaks("0123456789abcdef012\n0123456789abcdef-0123"),
            [0_u64; 0]
        );
        assert_eq!(leaks("danpay_sk_…"), [0_u64; 0]);
    }
}
