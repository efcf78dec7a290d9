//! The books' file, for tests of what happens to it.

use std::path::PathBuf;

use crate::support::World;

pub(crate) fn books(world: &World) -> PathBuf {
    let url = &world.config.database_url;
    PathBuf::from(url.strip_prefix("sqlite:").unwrap())
}
