//! KakaoPay's secret key: it revokes one the moment it issues another, so the servers' file has the
//! new one only a while later.
//! Invariant: at the end the file has the key that KakaoPay takes.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use tokio::time::{Instant, sleep, sleep_until};

use crate::chance::Chance;
use crate::minutes::Trouble;
use crate::world::World;

/// From one to the next, and how long the file has the revoked one.
const BETWEEN_MS: Range<u64> = 1_000..2_600;
const REVOKED_MS: Range<u64> = 0..600;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CHARS: u32 = 28;

pub(super) async fn keep_rotating((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    let mut next = Instant::now();
    while world.is_chaos() {
        // Whatever each takes, there are as many in a minute.
        next += chance.millis(BETWEEN_MS);
        sleep_until(next).await;
        let letters = (0..CHARS).filter_map(|_| chance.pick(LETTERS));
        let key: String = letters.map(|letter| char::from(*letter)).collect();
        world.record().secrets.insert(key.clone());
        world.sandbox.replace_key(&key).await?;
        sleep(chance.millis(REVOKED_MS)).await;
        std::fs::write(&world.fleet.secret_key_file, &key)?;
        world.fleet.put_second_key().await;
        world.met(Trouble::KeyRotation);
    }
    while !world.fleet.put_second_key().await {
        sleep(chance.millis(BETWEEN_MS)).await;
    }
    Ok(())
}
