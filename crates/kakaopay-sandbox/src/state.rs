//! All that a sandbox knows, as one JSON text that can be saved, loaded and kept in a folder.
//! The journal is left out: it tells what happened, not what is; and the secret key, as a state is
//! shown and kept.
//! Invariant: a file of state is always a whole one, the last or the one before.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::clock::Hands;
use crate::dice::Dice;
use crate::fault::Faults;
use crate::ledger;
use crate::world::World;

/// Raised when a text of before could be misread.
const VERSION: u32 = 1;
const FILE: &str = "state.json";
const NEXT_FILE: &str = "state.json.next";
/// The least time between two writings: what comes together is written together.
const PAUSE: Duration = Duration::from_millis(100);
/// How much longer than a writing the pause is at least, so that most of the time is others'.
const PAUSE_FACTOR: u32 = 10;

/// Why a state cannot be saved or loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is not a state.
    #[error("this is not a sandbox's state: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It is a state of another version.
    #[error("this state is of version {0}, which this sandbox does not read")]
    Version(u32),
    /// The file cannot be read or written.
    #[error("the file cannot be used: {0}")]
    File(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    clock: Hands,
    dice: Dice,
    faults: Faults,
    ledger: ledger::Saved,
}

impl World {
    pub(crate) fn save(&self) -> Result<String, StateError> {
        // Copied under the locks and written out without them.
        let (ledger, dice) = self.look(|books| (books.ledger.save(), books.dice.clone()));
        let state = State {
            version: VERSION,
            clock: self.clock.saved(),
            dice,
            faults: self.faults().clone(),
            ledger,
        };
        Ok(serde_json::to_string(&state)?)
    }

    pub(crate) fn load(&self, text: &str) -> Result<(), StateError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_str(text)?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let state: State = serde_json::from_str(text)?;
        self.clock.load(state.clock);
        *self.faults() = state.faults;
        self.books(|books, now| {
            books.dice = state.dice;
            books.ledger.load(state.ledger, now);
        });
        Ok(())
    }

    /// As it was when it was made, with nothing in the books.
    pub(crate) fn reset(&self) {
        let dice = Dice::new(self.settings.seed);
        self.set_secret_key(self.settings.secret_key.as_deref());
        self.clock.reset();
        *self.faults() = Faults::new(dice.apart());
        self.journal().clear();
        self.books(|books, _now| {
            books.ledger = ledger::Ledger::new(self.settings.payments_max);
            books.dice = dice;
        });
    }
}

/// Keeps a world's state in a folder.
pub(crate) struct Keeper {
    dir: PathBuf,
    /// What is in the file.
    kept: String,
}

impl Keeper {
    /// Loads what is there.
    pub(crate) fn open(world: &World, dir: &Path) -> Result<Self, StateError> {
        fs::create_dir_all(dir)?;
        let kept = match fs::read_to_string(dir.join(FILE)) {
            Ok(kept) => {
                world.load(&kept)?;
                kept
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            dir: dir.to_owned(),
            kept,
        })
    }

    /// Writes whenever something has changed, and a last time when everything has ended.
    pub(crate) async fn keep(mut self, world: Arc<World>, ended: CancellationToken) {
        let mut open = true;
        while open {
            tokio::select! {
                () = world.changed.notified() => {}
                () = ended.cancelled() => open = false,
            }
            let keeping = Arc::clone(&world);
            let begun = std::time::Instant::now();
            let written = tokio::task::spawn_blocking(move || {
                let result = self.write(&keeping);
                (self, result)
            });
            // Its task only ends early if it panicked, which was told where it happened.
            let Ok((keeper, result)) = written.await else {
                return;
            };
            self = keeper;
            if let Err(error) = result {
                tracing::error!(%error, dir = %self.dir.display(), "state could not be kept");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE.max(begun.elapsed() * PAUSE_FACTOR)) => {}
                () = ended.cancelled() => {}
            }
        }
    }

    /// Beside the old file first, so that a crash leaves one of the two.
    fn write(&mut self, world: &World) -> Result<(), StateError> {
        let state = world.save()?;
        if state == self.kept {
            return Ok(());
        }
        let next = self.dir.join(NEXT_FILE);
        let mut file = File::create(&next)?;
        file.write_all(state.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, self.dir.join(FILE))?;
        // The name has to last as well as the content.
        File::open(&self.dir)?.sync_all()?;
        self.kept = state;
        Ok(())
    }
}
