//! Words that code and documents no longer use: each thing has one name, which docs/glossary.md tells.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::files::{files_below, files_in};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What tells the history, and this list itself.
const EXCEPT: [&str; 2] = ["CHANGELOG.md", "xtask/src/words.rs"];

/// What is read, by the endings of its names.
const READ: [&str; 4] = ["rs", "md", "sql", "html"];

/// What is no longer said, and what is said instead.
const WORDS: [(&str, &str); 21] = [
    ("ahead of its time", "future"),
    ("books.db", "danpay.db"),
    ("books_restored", "database_restored"),
    ("BooksRestored", "DatabaseRestored"),
    ("Crowded", "Overloaded"),
    ("look_soon", "schedule_check"),
    ("LookSoon", "ScheduleCheck"),
    ("looked after", "maintained"),
    ("misspelt one", "typing mistake"),
    ("part_ways", "close_when_draining"),
    ("Pressure", "Limits"),
    ("pressure.rs", "limits.rs"),
    ("restored books", "a restored database"),
    ("Restored books", "A restored database"),
    ("Resting", "CoolingDown"),
    ("Scissors", "ConnectionCutter"),
    ("scissors", "cutter"),
    ("Shelf", "PaymentStore"),
    ("shelf", "payment_store"),
    ("upkeep", "maintenance"),
    ("what was to be written", "the write"),
];

pub(crate) fn check() -> Result<()> {
    let problems = problems(Path::new(ROOT))?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

fn problems(root: &Path) -> Result<Vec<String>> {
    let mut files = files_in(root, &READ)?;
    for folder in ["crates", "docs", "xtask"] {
        files.extend(files_below(&root.join(folder), &READ)?);
    }
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).display();
        if EXCEPT.contains(&name.to_string().as_str()) {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        for (number, line) in (1..).zip(text.lines()) {
            found.extend(said_in(line).map(|(word, instead)| {
                format!("{name}:{number}: `{word}` is `{instead}` now (docs/glossary.md)")
            }));
        }
    }
    Ok(found)
}

fn said_in(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.into_iter().filter(|(word, _)| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_longer_used_is_found_with_the_one_that_is() {
        let found: Vec<_> = said_in("connections::part_ways, // the Shelf").collect();
        let expected = [
            ("part_ways", "close_when_draining"),
            ("Shelf", "PaymentStore"),
        ];
        assert_eq!(found, expected);
        assert_eq!(said_in("the payment store").count(), 0);
    }
}
