//! What every part of a bench has: the program to measure, a folder for its work, and an end.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

/// No payment is begun after this, so that the last ones and the report have their time.
const PAYMENTS_END: Duration = Duration::from_mins(9);

/// Where things are.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The program to measure [default: the danpay beside this one]
    #[arg(long, global = true, value_name = "PATH")]
    danpay: Option<PathBuf>,
    /// Where databases are made and figures are written as JSON [default: bench in the target
    /// folder]
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) struct Bench {
    pub(crate) danpay: PathBuf,
    pub(crate) folder: PathBuf,
    /// When the last payment may be begun.
    pub(crate) deadline: Instant,
}

impl Bench {
    pub(crate) fn at(place: Place) -> Result<Self> {
        let own = std::env::current_exe().context("this program does not know where it is")?;
        let folder = match place.folder {
            Some(folder) => folder,
            None => (own.ancestors().nth(2))
                .ok_or_else(|| anyhow!("there is no target folder; say --folder"))?
                .join("bench"),
        };
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let danpay = place.danpay.unwrap_or_else(|| own.with_file_name("danpay"));
        Ok(Self {
            danpay: danpay
                .canonicalize()
                .with_context(|| format!("there is no {}", danpay.display()))?,
            folder,
            deadline: Instant::now() + PAYMENTS_END,
        })
    }

    /// Hands out a report: a table for a person, JSON for a program.
    pub(crate) fn tell<R: Serialize + Display>(&self, name: &str, report: &R) -> Result<()> {
        crate::print(&format!("\n== {name}: {}", report.to_string().trim_end()));
        let file = self.folder.join(format!("{name}.json"));
        fs::write(&file, serde_json::to_string_pretty(report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        crate::say(&format!("written to {}", file.display()));
        Ok(())
    }
}
