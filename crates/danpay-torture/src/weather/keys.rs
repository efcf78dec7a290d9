//! KakaoPay's secret key: it revokes one the moment it issues another, so the servers' file has the
//! new one only a while later, and the second shop's contract once an operator's command has run.
//! Invariant: at the end both have the key that KakaoPay takes.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use tokio::time::{Instant, sleep, sleep_until};

use crate::chance::Chance;
use crate::fleet::SECRET_KEY;
use crate::minutes::Trouble;
use crate::world::World;

/// From one to the next, and how long the file has the revoked one.
const BETWEEN_MS: Range<u64> = 1_000..2_600;
const REVOKED_MS: Range<u64> = 0..600;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CHARS: u32 = 28;

pub(super) async fn keep_rotating((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    let fleet = &world.fleet;
    let mut next = Instant::now();
    let mut key = SECRET_KEY.to_owned();
    while world.is_chaos() {
        // Whatever each takes, there are as many in a minute.
        next += chance.millis(BETWEEN_MS);
        sleep_until(next).await;
        let letters = (0..CHARS).filter_map(|_| chance.pick(LETTERS));
        key = letters.map(|letter| char::from(*letter)).collect();
        world.record().secrets.insert(key.clone());
        world.sandbox.replace_key(&key).await?;
        let revoked = chance.millis(REVOKED_MS);
        let write = async {
            sleep(revoked).await;
            std::fs::write(&fleet.secret_key_file, &key)
        };
        let (written, put) = tokio::join!(write, fleet.put_second_key(&key));
        written?;
        put?;
        world.met(Trouble::KeyRotation);
    }
    while !fleet.put_second_key(&key).await? {
        sleep(chance.millis(BETWEEN_MS)).await;
    }
    Ok(())
}
