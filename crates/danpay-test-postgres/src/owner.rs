//! Who runs the cluster: PostgreSQL refuses to run as root, so for root it is another user.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The user that Debian's package makes.
const USER: &str = "postgres";

/// The user of the cluster's processes and files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// Ourselves, or for root the user `postgres`.
    pub(crate) fn choose() -> Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self(None));
        }
        let ids = id(&["-u", USER]).and_then(|user| Ok((user, id(&["-g", USER])?)));
        let ids = ids.context(
            "PostgreSQL does not run as root, and there is no user postgres to run it as",
        )?;
        Ok(Self(Some(ids)))
    }

    /// A command that runs as the owner.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives a file or folder to the owner.
    pub(crate) fn give(self, path: &Path) -> Result<()> {
        match self {
            Self(Some((user, group))) => chown(path, Some(user), Some(group))
                .with_context(|| format!("cannot give {} away", path.display())),
            Self(None) => Ok(()),
        }
    }
}

fn id(words: &[&str]) -> Result<u32> {
    let output = Command::new("id").args(words).output()?;
    ensure!(output.status.success(), "there is no such user: {words:?}");
    let text = String::from_utf8(output.stdout)?;
    Ok(text.trim().parse()?)
}
