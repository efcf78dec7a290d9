//! Every page of `docs/` has a Korean twin in `docs/ko/`, and the two say the same; so do README.md and
//! README.ko.md, here and in each sample.
//!
//! Folders below `docs/` are not asked for twins: decisions are for developers, in English.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::READMES;
use super::page::Page;

/// It holds both languages itself.
const OF_BOTH_LANGUAGES: &str = "glossary.md";
/// Its Korean page is in brief, with fewer headings, tables and code blocks, and says so.
const IN_BRIEF: &str = "performance.md";

/// By the names of their files.
type Pages = BTreeMap<String, Page>;

pub(super) fn problems(root: &Path) -> Result<Vec<String>> {
    let docs = root.join("docs");
    let mut problems = differences(&read(&docs)?, &read(&docs.join("ko"))?);
    for folder in super::of_readmes(root)? {
        let name = |file| folder.join(file).display().to_string();
        let [english, korean] = READMES;
        let twins = Twins {
            english: (
                &name(english),
                &Page::read(&root.join(&folder).join(english))?,
            ),
            korean: (
                &name(korean),
                &Page::read(&root.join(&folder).join(korean))?,
            ),
        };
        twins.expect_links(english, korean, &mut problems);
        twins.expect_same_parts(&mut problems);
    }
    Ok(problems)
}

fn read(folder: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".md") && name != OF_BOTH_LANGUAGES {
            pages.insert(name.into_owned(), Page::read(&path)?);
        }
    }
    Ok(pages)
}

fn differences(english: &Pages, korean: &Pages) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, page) in english {
        let Some(twin) = korean.get(name) else {
            problems.push(format!("docs/{name}: there is no docs/ko/{name}"));
            continue;
        };
        let twins = Twins {
            english: (&format!("docs/{name}"), page),
            korean: (&format!("docs/ko/{name}"), twin),
        };
        twins.expect_links(&format!("../{name}"), &format!("ko/{name}"), &mut problems);
        if name != IN_BRIEF {
            twins.expect_same_parts(&mut problems);
        }
    }
    let alone = korean.keys().filter(|name| !english.contains_key(*name));
    problems.extend(alone.map(|name| format!("docs/ko/{name}: there is no docs/{name}")));
    problems
}

/// The two with their names.
struct Twins<'a> {
    english: (&'a str, &'a Page),
    korean: (&'a str, &'a Page),
}

impl Twins<'_> {
    /// The English one links to `to_korean`, the Korean one to `to_english`.
    fn expect_links(&self, to_english: &str, to_korean: &str, problems: &mut Vec<String>) {
        for ((name, page), link) in [(self.english, to_korean), (self.korean, to_english)] {
            if !page.links.iter().any(|one| one == link) {
                problems.push(format!("{name}: does not link to {link}"));
            }
        }
    }

    fn expect_same_parts(&self, problems: &mut Vec<String>) {
        let ((english, page), (korean, twin)) = (self.english, self.korean);
        let same = [
            ("headings", levels(page) == levels(twin)),
            (
                "number of code blocks",
                page.code_blocks == twin.code_blocks,
            ),
            ("number of table rows", page.table_rows == twin.table_rows),
        ];
        let differing = same.into_iter().filter(|(_, is_same)| !is_same);
        problems.extend(
            differing.map(|(parts, _)| format!("{korean}: not the same {parts} as {english}")),
        );
    }
}

fn levels(page: &Page) -> Vec<usize> {
    page.headings.iter().map(|heading| heading.level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "# A\n[한국어](ko/a.md)\n## B\n| c |\n```\n```\n";
    const KOREAN: &str = "# 가\n[English](../a.md)\n## 나\n| 다 |\n```\n```\n";

    fn pages(name: &str, text: &str) -> Pages {
        Pages::from([(name.to_owned(), Page::parse(text))])
    }

    /// What is found where the Korean page lacks `part`.
    fn without(part: &str) -> Vec<String> {
        let korean = KOREAN.replacen(part, "", 1);
        differences(&pages("a.md", ENGLISH), &pages("a.md", &korean))
    }

    #[test]
    fn a_page_without_its_twin_is_found() {
        let (english, korean) = (pages("a.md", ENGLISH), pages("a.md", KOREAN));
        assert!(differences(&english, &korean).is_empty());
        assert_eq!(
            differences(&english, &Pages::new()),
            ["docs/a.md: there is no docs/ko/a.md"]
        );
        assert_eq!(
            differences(&Pages::new(), &korean),
            ["docs/ko/a.md: there is no docs/a.md"]
        );
    }

    #[test]
    fn a_twin_that_says_less_is_found() {
        for (part, problem) in [
            ("[English](../a.md)", "does not link"),
            ("## 나", "headings"),
            ("```\n```", "code blocks"),
            ("| 다 |", "table rows"),
        ] {
            let found = without(part);
            assert_eq!(found.len(), 1, "{part}: {found:?}");
            assert!(found.iter().all(|one| one.contains(problem)), "{found:?}");
        }
        let unlinked = ENGLISH.replacen("[한국어](ko/a.md)", "", 1);
        assert_eq!(
            differences(&pages("a.md", &unlinked), &pages("a.md", KOREAN)),
            ["docs/a.md: does not link to ko/a.md"]
        );
    }

    #[test]
    fn a_page_in_brief_has_its_own_parts_and_the_same_links() {
        let english = pages(
            "performance.md",
            "# A\n[한국어](ko/performance.md)\n## B\n```\n```\n",
        );
        let brief = |text| differences(&english, &pages("performance.md", text)).len();
        assert_eq!(brief("# 가\n[English](../performance.md)\n"), 0);
        assert_eq!(brief("# 가\n"), 1);
    }
}
