//! What the tests take from Maven's repository beside what their own projects name: openapi-generator, which makes
//! clients of the API's contract. It stays in the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

const PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
const ARTIFACT: &str = "org.openapitools:openapi-generator-cli:7.17.0:jar";
const FILE: &str = "openapi-generator-cli-7.17.0.jar";
/// Where the tests look for it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/maven");

/// Fetches it, unless this version is here already.
pub(crate) fn ensure() -> Result<()> {
    if Path::new(FOLDER).join(FILE).is_file() {
        return Ok(());
    }
    tool::run(
        Command::new("mvn")
            .args(["-q", "-B", PLUGIN])
            .arg(format!("-Dartifact={ARTIFACT}"))
            .arg(format!("-DoutputDirectory={FOLDER}")),
    )
}
