//! Descriptors: sockets that say nothing take a server's, and for a moment it can have no more.
//! Then it can neither take a connection nor make one, be it to KakaoPay or to its database.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::fleet::Server;
use crate::minutes::Trouble;
use crate::world::World;

const BETWEEN_MS: Range<u64> = 500..4_000;
/// For how long it lasts: shorter than a load balancer needs to give a server up.
const LASTS_MS: Range<u64> = 200..1_200;
const SOCKETS: usize = 24;

pub(super) async fn keep_using_up((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    loop {
        sleep(chance.millis(BETWEEN_MS)).await;
        if !world.is_chaos() {
            return Ok(());
        }
        let Some(server) = world.fleet.any(&mut chance) else {
            continue;
        };
        let lasts = chance.millis(LASTS_MS);
        let _sockets = idle_sockets(server, lasts).await;
        let Some(before) = server.with_pid(leave_none).await else {
            // It is dead just now.
            continue;
        };
        world.met(Trouble::Descriptors);
        sleep(lasts).await;
        server.with_pid(|pid| limit(pid, before)).await;
    }
}

/// Connections that say nothing, as many as are taken in that time.
async fn idle_sockets(server: &Server, within: Duration) -> Vec<TcpStream> {
    let mut sockets = Vec::new();
    let connecting = async {
        while sockets.len() < SOCKETS
            && let Ok(socket) = TcpStream::connect(&server.address).await
        {
            sockets.push(socket);
        }
    };
    // Whoever is not taken any more waits: the others are enough.
    let _ = timeout(within, connecting).await;
    sockets
}

/// No descriptor beyond those that are open; gives the limit before.
fn leave_none(pid: i32) -> Option<Rlimit> {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    let before = limit_of(&std::fs::read_to_string(format!("/proc/{pid}/limits")).ok()?)?;
    let none = Rlimit {
        current: u64::try_from(open).ok(),
        ..before
    };
    limit(pid, none)?;
    Some(before)
}

fn limit(pid: i32, limit: Rlimit) -> Option<()> {
    prlimit(Some(Pid::from_raw(pid)?), Resource::Nofile, limit).ok()?;
    Some(())
}

/// From a process's `limits` in `/proc`.
fn limit_of(limits: &str) -> Option<Rlimit> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let mut words = line.split_whitespace();
    let current = words.next()?.parse().ok();
    let maximum = words.next()?.parse().ok();
    Some(Rlimit { current, maximum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_descriptors_is_read() {
        let limits = "Limit        Soft Limit  Hard Limit  Units\n\
                      Max processes    5    unlimited    processes\n\
                      Max open files   1024 20000        files\n";
        let read = limit_of(limits).unwrap();
        assert_eq!((read.current, read.maximum), (Some(1_024), Some(20_000)));
    }
}
