//! The chapter of the README: its blocks of code, what they promise, and the script that they are.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::ROOT;

const STATUSES: [&str; 3] = ["approved", "partially_canceled", "canceled"];

/// A block of code: its language and its lines.
pub(super) type Block = (String, String);

/// The blocks of the chapter that names this file.
pub(super) fn blocks(readme: &str) -> Vec<Block> {
    let text = fs::read_to_string(Path::new(ROOT).join(readme)).unwrap();
    let mut chapters = text.split("\n## ");
    let afternoon = chapters.find(|chapter| chapter.contains("tests/it/afternoon.rs"));
    let pieces = afternoon.unwrap().split("\n```").skip(1).step_by(2);
    let block = |piece: &str| {
        let (language, code) = piece.split_once('\n').unwrap();
        (language.to_owned(), format!("{code}\n"))
    };
    pieces.map(block).collect()
}

/// A line without its comment, and the comment.
pub(super) fn without_comment<'a>(language: &str, line: &'a str) -> (&'a str, &'a str) {
    let mark = if language == "js" { "// " } else { "# " };
    if let Some(comment) = line.strip_prefix(mark) {
        return ("", comment);
    }
    line.split_once(&format!(" {mark}")).unwrap_or((line, ""))
}

/// What the comments say is printed: how a payment stands, what was paid and what has gone back.
pub(super) fn promised(blocks: &[Block]) -> Vec<String> {
    let shown = |language: &str| {
        let of_language = blocks.iter().filter(move |(other, _)| other == language);
        let lines = of_language.flat_map(|(_, code)| code.lines());
        let comments = lines.map(|line| without_comment(language, line).1);
        comments
            .filter(is_shown)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // JavaScript is run last.
    [shown("sh"), shown("js")].concat()
}

pub(super) fn is_shown(line: &&str) -> bool {
    STATUSES
        .iter()
        .any(|status| line.starts_with(&format!("{status} ")))
}

/// One shell that runs them all. JavaScript goes into the file that its first line names, or into the one before.
pub(super) fn script(blocks: &[Block]) -> String {
    let mut script = String::new();
    let mut file = "";
    for (language, code) in blocks {
        if language == "js" {
            if let Some(named) = code.strip_prefix("// ") {
                file = named.split([',', ' ', '\n']).next().unwrap();
            }
            writeln!(script, "cat >>{file} <<'END OF BLOCK'\n{code}END OF BLOCK").unwrap();
        } else {
            script.push_str(code);
        }
    }
    script
}
