//! Links to files of ours, and to headings in them, lead somewhere.

use std::path::Path;

use anyhow::Result;

use super::READMES;
use super::page::Page;
use crate::files::files_below;

/// Documents at the root, beside [`READMES`]; below `docs/` every page is one.
const DOCUMENTS: [&str; 4] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];

pub(super) fn problems(root: &Path) -> Result<Vec<String>> {
    let mut documents: Vec<_> = DOCUMENTS.iter().map(|name| root.join(name)).collect();
    for folder in super::of_readmes(root)? {
        documents.extend(READMES.map(|name| root.join(&folder).join(name)));
    }
    documents.extend(files_below(&root.join("docs"), &["md"])?);
    let mut problems = Vec::new();
    for document in documents {
        for link in Page::read(&document)?.links {
            if !leads_somewhere(&document, &link)? {
                let name = document.strip_prefix(root).unwrap_or(&document).display();
                problems.push(format!("{name}: nothing is at {link}"));
            }
        }
    }
    Ok(problems)
}

fn leads_somewhere(document: &Path, link: &str) -> Result<bool> {
    if link.contains("://") {
        return Ok(true);
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => document.to_owned(),
        file => document.with_file_name(file),
    };
    if anchor.is_empty() || !target.exists() {
        return Ok(target.exists());
    }
    let headings = Page::read(&target)?.headings;
    Ok(headings.iter().any(|heading| heading.anchor == anchor))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_link_leads_to_a_file_and_to_a_heading_that_are_there() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let [page, other] = ["page.md", "other.md"].map(|name| folder.path().join(name));
        fs::write(&page, "# A page\n")?;
        fs::write(&other, "# 다른 장\n")?;
        for link in [
            "other.md",
            "other.md#다른-장",
            "#a-page",
            "https://example.com/gone",
        ] {
            assert!(leads_somewhere(&page, link)?, "{link}");
        }
        for link in ["gone.md", "gone.md#a", "other.md#a-page", "#다른-장"] {
            assert!(!leads_somewhere(&page, link)?, "{link}");
        }
        Ok(())
    }
}
