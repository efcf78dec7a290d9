//! KakaoPay's secret key: it revokes one the moment it issues another, so the servers' file has the
//! new one only a while later.
//! Invariant: at the end the file has the key that KakaoPay takes.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::minutes::Trouble;
use crate::world::World;

/// With a revoked key, and with the right one.
const REVOKED_MS: Range<u64> = 0..600;
const RIGHT_MS: Range<u64> = 600..2_400;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CHARS: u32 = 28;

pub(super) async fn keep_rotating((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    while world.is_chaos() {
        sleep(chance.millis(RIGHT_MS)).await;
        let letters = (0..CHARS).filter_map(|_| chance.pick(LETTERS));
        let key: String = letters.map(|letter| char::from(*letter)).collect();
        world.record().secrets.insert(key.clone());
        world.sandbox.replace_key(&key).await?;
        sleep(chance.millis(REVOKED_MS)).await;
        std::fs::write(&world.fleet.secret_key_file, &key)?;
        world.met(Trouble::KeyRotation);
    }
    Ok(())
}
