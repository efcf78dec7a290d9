//! What the tests in a browser need: Chromium, its driver, and a font with Korean letters.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::tool;

/// Debian's packages of it; fontconfig tells which fonts there are.
const PACKAGES: [&str; 4] = [
    "chromium",
    "chromium-driver",
    "fontconfig",
    "fonts-noto-cjk",
];

/// Installs what is missing, where that is possible.
pub(crate) fn ensure() -> Result<()> {
    let before = missing();
    if before.is_empty() {
        return Ok(());
    }
    ensure!(
        is_root() && tool::is_here("apt-get"),
        "the tests in a browser need {}; please install it (on Debian, as root: apt-get install {})",
        before.join(", "),
        PACKAGES.join(" "),
    );
    tool::say(&format!("installing {}", before.join(", ")));
    tool::run(apt_get().arg("update"))?;
    let install = ["install", "-y", "--no-install-recommends"];
    tool::run(apt_get().args(install).args(PACKAGES))?;
    let after = missing();
    ensure!(
        after.is_empty(),
        "apt-get has installed {}, and still there is no {}",
        PACKAGES.join(" "),
        after.join(", "),
    );
    Ok(())
}

fn missing() -> Vec<&'static str> {
    let needs = [
        ("chromium", tool::is_here("chromium")),
        ("chromedriver", tool::is_here("chromedriver")),
        ("a font with Korean letters", has_korean_font()),
    ];
    let missing = needs.into_iter().filter(|(_, here)| !here);
    missing.map(|(name, _)| name).collect()
}

fn has_korean_font() -> bool {
    let fonts = Command::new("fc-list").arg(":lang=ko").output();
    fonts.is_ok_and(|fonts| !fonts.stdout.is_empty())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Nobody is there to answer its questions.
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
