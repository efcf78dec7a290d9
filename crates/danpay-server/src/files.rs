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
    shares(config).connections
}

/// How many calls may be made at once to one account of KakaoPay's.
pub(crate) fn for_calls(config: &Config) -> usize {
    shares(config).calls
}

/// How many webhooks may be under way at once.
pub(crate) fn for_webhooks() -> u32 {
    of_webhooks(limit())
}

/// A few of few files: what does not go now goes a moment later.
fn of_webhooks(limit: usize) -> u32 {
    let share = limit / limits::FILES_PER_DELIVERY;
    u32::try_from(share).map_or(limits::DELIVERIES, |share| {
        share.clamp(1, limits::DELIVERIES)
    })
}

fn limit() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[derive(Debug, PartialEq, Eq)]
struct Shares {
    connections: usize,
    calls: usize,
}

fn shares(config: &Config) -> Shares {
    let limit = limit();
    let database = if config.is_on_postgres() {
        // There may be a replica, with as many.
        2 * config.database_connections as usize
    } else {
        Sqlite::connections() * limits::FILES_OF_SQLITE
    };
    let watchers = config.health_listen.map_or(0, |_| limits::WATCHERS);
    let webhooks = of_webhooks(limit) as usize;
    share(
        limit,
        database + watchers + webhooks,
        config.kakaopay_calls_max as usize,
    )
}

/// Of so many files, where so many are for the database and for whoever watches, and so many calls are
/// wanted.
fn share(limit: usize, others: usize, calls: usize) -> Shares {
    let left = limit.saturating_sub(others.saturating_add(limits::FILES_OWN));
    // A request makes one call at a time, so of few files half are enough for the calls.
    let for_calls = (left / 2).min(calls.saturating_add(limits::FILES_OF_LOOKUPS));
    let for_lookups = limits::FILES_OF_LOOKUPS.min(for_calls / 3);
    let connections = left - for_calls;
    Shares {
        connections: connections.clamp(limits::CONNECTIONS_MIN, limits::CONNECTIONS),
        calls: (for_calls - for_lookups)
            .min(calls)
            .max(limits::CONNECTIONS_MIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_database_and_for_kakaopay() {
        // SQLite on two threads and on eight, and PostgreSQL.
        for (limit, others, connections, calls) in [
            (65_536, 24, 8_192, 2_048),
            (4_096, 24, 2_027, 1_947),
            (1_024, 24, 491, 411),
            (1_024, 42, 482, 402),
            (1_024, 2 * 200, 303, 223),
            (256, 24, 107, 72),
            (64, 24, 11, 8),
        ] {
            let expected = Shares { connections, calls };
            assert_eq!(share(limit, others, 2_048), expected, "{limit}");
        }
        assert_eq!(share(65_536, 24, 64).calls, 64);
        assert_eq!(
            share(usize::MAX, 32, 2_048).connections,
            limits::CONNECTIONS
        );
    }

    #[test]
    fn webhooks_take_few_of_few_files() {
        for (limit, expected) in [(0, 1), (64, 4), (1_024, 64), (usize::MAX, 512)] {
            assert_eq!(of_webhooks(limit), expected, "{limit}");
        }
    }

    #[test]
    fn however_few_files_there_are_some_connections_are_taken_and_some_calls_made() {
        let few = limits::CONNECTIONS_MIN;
        let expected = Shares {
            connections: few,
            calls: few,
        };
        assert_eq!(share(0, usize::MAX, 2_048), expected);
    }
}
