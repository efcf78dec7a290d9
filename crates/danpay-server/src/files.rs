//! Open files: how many the process may have, and how many of them are for connections.
//!
//! **Invariant**: connections leave room for what answers them: the database and the calls to
//! KakaoPay. A server that takes more than it can serve takes them for nothing.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;
use crate::limits;
use crate::store::Sqlite;

/// Lets the process have as many files open as the system allows it. The usual limit is far below
/// that, for the sake of old programs.
pub fn raise_open_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = maximum.map_or(limits::FILES_MAX, |most| most.min(limits::FILES_MAX));
    if current.is_some_and(|current| current < most) {
        let current = Some(most);
        // If it is refused, the server makes do with fewer connections, and says so.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}

/// How many connections may be open at once.
pub(crate) fn for_connections(config: &Config) -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let database = if config.is_on_postgres() {
        // There may be a replica, with as many.
        2 * config.database_connections as usize
    } else {
        Sqlite::connections() * limits::FILES_OF_SQLITE
    };
    let watchers = config.health_listen.map_or(0, |_| limits::WATCHERS);
    share(
        usize::try_from(limit).unwrap_or(usize::MAX),
        database + watchers,
    )
}

/// Of so many files, where so many are for the database and for whoever watches.
fn share(limit: usize, others: usize) -> usize {
    let left = limit.saturating_sub(others.saturating_add(limits::FILES_OWN));
    // A request makes one call at a time, so of few files half are enough for the calls.
    let share = left.saturating_sub(limits::FILES_OF_CALLS).max(left / 2);
    share.clamp(limits::CONNECTIONS_MIN, limits::CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_database_and_for_kakaopay() {
        // SQLite on two threads and on eight, and PostgreSQL.
        for (database, at_1024, at_256, at_64) in [(24, 512, 107, 11), (42, 512, 98, 8)] {
            assert_eq!(share(1_024, database), at_1024);
            assert_eq!(share(256, database), at_256);
            assert_eq!(share(64, database), at_64);
        }
        assert_eq!(share(1_024, 2 * 200), 382);
        assert_eq!(share(usize::MAX, 2 * 16), limits::CONNECTIONS);
    }

    #[test]
    fn however_few_files_there_are_some_connections_are_taken() {
        assert_eq!(share(0, usize::MAX), limits::CONNECTIONS_MIN);
    }
}
