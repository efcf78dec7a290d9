//! What the tests take from `PyPI`: the library by which shops verify webhooks, what clients for Python need that
//! are made of the contract, and Schemathesis, which tries the contract. It stays in the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Lists of packages, with the versions of all that they need, and the folders where the tests look for them.
const LISTS: [(&str, &str); 2] = [
    (
        "crates/danpay/tests/clients/requirements.txt",
        "target/pypi",
    ),
    (
        "crates/danpay/tests/contract/requirements.txt",
        "target/schemathesis",
    ),
];

/// Fetches them, unless these versions are here already.
pub(crate) fn ensure() -> Result<()> {
    for (list, folder) in LISTS {
        let (list, folder) = (Path::new(ROOT).join(list), Path::new(ROOT).join(folder));
        let (wanted, installed) = (std::fs::read(&list)?, folder.join("requirements.txt"));
        if std::fs::read(&installed).is_ok_and(|there| there == wanted) {
            continue;
        }
        tool::run(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
                .args(["--upgrade", "--disable-pip-version-check", "--target"])
                .args([&folder, Path::new("--requirement"), &list]),
        )?;
        std::fs::write(installed, wanted)?;
    }
    Ok(())
}
