//! The merchant's secret key: KakaoPay revokes it the moment it issues the next one, and the file that
//! servers read it from is changed by hand, later.

use std::sync::{Arc, Mutex};

use tokio::time::sleep;

use crate::counts::Kind;
use crate::seller;
use crate::timeline::note;
use crate::world::{World, lock};

/// The first one.
pub(crate) const SECRET_KEY: &str = "DEVSECRETKEY00000000000000000000000SIMUL";

pub(crate) const REPLACED: &str = "secret key replaced";

/// How often within a life, and how long it takes until the file is changed.
const EVERY_MS: std::ops::Range<u64> = 30_000..600_000;
const FILE_LATER_MS: std::ops::Range<u64> = 0..120_000;

pub(crate) struct Keys(Mutex<State>);

struct State {
    issued: u32,
    valid: String,
    file: String,
}

impl Default for Keys {
    fn default() -> Self {
        Self(Mutex::new(State {
            issued: 0,
            valid: SECRET_KEY.to_owned(),
            file: SECRET_KEY.to_owned(),
        }))
    }
}

impl Keys {
    /// What the servers' file holds.
    pub(crate) fn file(&self) -> String {
        lock(&self.0).file.clone()
    }

    /// The file holds the valid key.
    pub(crate) fn write_file(&self) {
        let State { valid, file, .. } = &mut *lock(&self.0);
        file.clone_from(valid);
    }

    /// KakaoPay issues another one.
    fn issue(&self) -> String {
        let mut state = lock(&self.0);
        state.issued += 1;
        state.valid = format!("DEVSECRETKEY{:023}SIMUL", state.issued);
        state.valid.clone()
    }
}

pub(crate) async fn are_replaced(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(EVERY_MS)).await;
        if !world.chaos() {
            return;
        }
        let key = world.keys.issue();
        world.kakaopay.takes_only(&key);
        world.record().secrets.insert(key);
        world.count(Kind::Weather, REPLACED);
        note("KakaoPay", "takes another secret key only");
        sleep(world.chance.millis(FILE_LATER_MS)).await;
        world.keys.write_file();
        note("operator", "writes the new secret key into the file");
        seller::second_gets_new_key(&world).await;
    }
}
