//! A page of Markdown, as far as the checks need it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) headings: Vec<Heading>,
    pub(super) code_blocks: usize,
    pub(super) table_rows: usize,
    /// Targets of links, those to other sites included.
    pub(super) links: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: usize,
    /// As GitHub makes it of the heading's words.
    pub(super) anchor: String,
}

impl Page {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("no {}", path.display()))?;
        Ok(Self::parse(&text))
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut is_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
                page.code_blocks += usize::from(is_code);
            } else if !is_code {
                page.parse_line(line);
            }
        }
        page
    }

    fn parse_line(&mut self, line: &str) {
        let words = line.trim_start_matches('#');
        let level = line.len() - words.len();
        if level > 0 && words.starts_with(' ') {
            let anchor = anchor(words.trim());
            self.headings.push(Heading { level, anchor });
        }
        self.table_rows += usize::from(line.starts_with('|'));
        let targets = line.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split(')').next());
        self.links.extend(targets.map(str::to_owned));
    }
}

fn anchor(words: &str) -> String {
    let kept = words.chars().filter_map(|char| match char {
        ' ' => Some('-'),
        '-' | '_' => Some(char),
        _ => char.is_alphanumeric().then_some(char),
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# 한 장\n\n[English](../one.md), [here](#a-part)\n\n## `/a`, a part!\n\n| a |\n|---|\n\n\
                        ```sh\n# no heading\n[no](link)\n```\n";

    #[test]
    fn headings_blocks_rows_and_links_are_counted_outside_of_code() {
        let page = Page::parse(PAGE);
        let heading = |level, anchor: &str| Heading {
            level,
            anchor: anchor.to_owned(),
        };
        assert_eq!(page.headings, [heading(1, "한-장"), heading(2, "a-a-part")]);
        assert_eq!((page.code_blocks, page.table_rows), (1, 2));
        assert_eq!(page.links, ["../one.md", "#a-part"]);
    }
}
