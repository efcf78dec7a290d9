//! What the tests need: Chromium, its driver, a font with Korean letters and npm for those in a
//! browser, PostgreSQL and PgBouncer for those of the database, pytest, pip, Maven and PHP for those in other
//! languages, and curl and jq for the README's afternoon.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::tool;

/// Something that has to be there, and Debian's packages of it.
struct Need {
    name: &'static str,
    is_here: fn() -> bool,
    packages: &'static [&'static str],
}

const OF_TESTS: [Need; 13] = [
    Need {
        name: "chromium",
        is_here: || tool::is_here("chromium"),
        packages: &["chromium"],
    },
    Need {
        name: "chromedriver",
        is_here: || tool::is_here("chromedriver"),
        packages: &["chromium-driver"],
    },
    Need {
        name: "a font with Korean letters",
        is_here: has_korean_font,
        // fontconfig tells which fonts there are.
        packages: &["fontconfig", "fonts-noto-cjk"],
    },
    Need {
        name: "npm",
        is_here: || tool::is_here("npm"),
        packages: &["npm"],
    },
    POSTGRES,
    Need {
        name: "PgBouncer",
        is_here: || tool::is_here("pgbouncer") || Path::new("/usr/sbin/pgbouncer").is_file(),
        packages: &["pgbouncer"],
    },
    Need {
        name: "pytest",
        is_here: || tool::is_here("pytest"),
        packages: &["python3-pytest"],
    },
    Need {
        name: "pip",
        is_here: has_pip,
        packages: &["python3-pip"],
    },
    Need {
        name: "Maven",
        is_here: || tool::is_here("mvn") && tool::is_here("javac"),
        packages: &["maven", "default-jdk-headless"],
    },
    Need {
        name: "PHP with curl, mbstring and SQLite",
        is_here: has_php,
        packages: &["php-cli", "php-curl", "php-mbstring", "php-sqlite3"],
    },
    Need {
        name: "PHP's Guzzle",
        is_here: || Path::new("/usr/share/php/GuzzleHttp/autoload.php").is_file(),
        packages: &["php-guzzlehttp-guzzle"],
    },
    Need {
        name: "curl",
        is_here: || tool::is_here("curl"),
        packages: &["curl"],
    },
    Need {
        name: "jq",
        is_here: || tool::is_here("jq"),
        packages: &["jq"],
    },
];

const POSTGRES: Need = Need {
    name: "PostgreSQL",
    is_here: has_postgres,
    // It starts a server of its own, which does not disturb ours.
    packages: &["postgresql"],
};

const OF_FAILOVER: [Need; 3] = [
    POSTGRES,
    Need {
        name: "Patroni",
        is_here: || tool::is_here("patroni"),
        // What it talks to etcd with is only recommended.
        packages: &["patroni", "python3-etcd"],
    },
    Need {
        name: "etcd",
        is_here: || tool::is_here("etcd"),
        packages: &["etcd-server"],
    },
];

/// Installs what the tests need and is missing, where that is possible.
pub(crate) fn ensure() -> Result<()> {
    install(&OF_TESTS)
}

/// The same for the database that fails over.
pub(crate) fn ensure_failover() -> Result<()> {
    install(&OF_FAILOVER)
}

fn install(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().flat_map(|need| need.packages).collect();
    ensure!(
        is_root() && tool::is_here("apt-get"),
        "this needs {}; please install it (on Debian, as root: apt-get install {})",
        names(&missing),
        packages
            .iter()
            .map(|name| **name)
            .collect::<Vec<_>>()
            .join(" "),
    );
    tool::say(&format!("installing {}", names(&missing)));
    tool::run(apt_get().arg("update"))?;
    let install = ["install", "-y", "--no-install-recommends"];
    tool::run(apt_get().args(install).args(packages))?;
    let still = self::missing(needs);
    ensure!(
        still.is_empty(),
        "apt-get has installed all that was missing, and still there is no {}",
        names(&still),
    );
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !(need.is_here)()).collect()
}

fn names(needs: &[&Need]) -> String {
    let names: Vec<_> = needs.iter().map(|need| need.name).collect();
    names.join(", ")
}

fn has_korean_font() -> bool {
    let fonts = Command::new("fc-list").arg(":lang=ko").output();
    fonts.is_ok_and(|fonts| !fonts.stdout.is_empty())
}

/// As the tests find it: Debian keeps the server's programs out of the path.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders = versions.flatten().map(|version| version.path().join("bin"));
    let named = std::env::var_os("DANPAY_POSTGRES_BIN").map(PathBuf::from);
    named.is_some_and(|folder| folder.join("initdb").is_file())
        || folders.any(|folder| folder.join("initdb").is_file())
        || tool::is_here("initdb")
}

fn has_pip() -> bool {
    let version = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .output();
    version.is_ok_and(|said| said.status.success())
}

/// What the shop in PHP is made of.
fn has_php() -> bool {
    let modules = Command::new("php").arg("-m").output();
    modules.is_ok_and(|said| {
        let modules = String::from_utf8_lossy(&said.stdout);
        let has = |name| modules.lines().any(|module| module == name);
        has("curl") && has("mbstring") && has("pdo_sqlite")
    })
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
