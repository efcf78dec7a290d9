//! Words that code and documents no longer use: each thing has one name, which docs/glossary.md tells.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What tells the history, and this list itself.
const EXCEPT: [&str; 2] = ["CHANGELOG.md", "xtask/src/words.rs"];

/// What is no longer said, and what is said instead.
const WORDS: [(&str, &str); 16] = [
    ("ahead of its time", "future"),
    ("Crowded", "Overloaded"),
    ("look_soon", "schedule_check"),
    ("LookSoon", "ScheduleCheck"),
    ("looked after", "maintained"),
    ("misspelt one", "typing mistake"),
    ("part_ways", "close_when_draining"),
    ("Pressure", "Limits"),
    ("pressure.rs", "limits.rs"),
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
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("docs"), root.join("xtask")];
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(root)? {
        files.push(entry?.path());
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    for file in files.iter().filter(|file| is_read(file)) {
        let name = file.strip_prefix(root).unwrap_or(file).display();
        if EXCEPT.contains(&name.to_string().as_str()) {
            continue;
        }
        let text = fs::read_to_string(file)?;
        for (number, line) in (1..).zip(text.lines()) {
            found.extend(said_in(line).map(|(word, instead)| {
                format!("{name}:{number}: `{word}` is `{instead}` now (docs/glossary.md)")
            }));
        }
    }
    Ok(found)
}

fn is_read(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("rs" | "md" | "sql" | "html"))
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
