//! The feed: what the shop was to be told, all of it, in the order of the API.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use danpay_client::{Event, Retries};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::World;

const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// For somebody who has time.
const ATTEMPTS: u32 = 20;
const WITHIN: Duration = Duration::from_mins(2);

#[derive(Default)]
pub(super) struct Feed(Mutex<Vec<Event>>);

impl Feed {
    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Event> {
        self.events().clone()
    }

    pub(super) fn ids(&self) -> BTreeSet<String> {
        let events = self.events();
        events.iter().map(|event| event.id.to_string()).collect()
    }

    /// Reads until the torture is over.
    pub(super) async fn follow(&self, world: &World, mut chance: Chance) -> Result<()> {
        while !world.is_over() {
            self.read_on(world, &mut chance).await?;
            sleep(LOOKS_EVERY).await;
        }
        Ok(())
    }

    /// Reads what has come since.
    pub(super) async fn read_on(&self, world: &World, chance: &mut Chance) -> Result<()> {
        let last = self.events().last().map(|event| event.id.clone());
        let patient = Retries::default().attempts(ATTEMPTS).within(WITHIN);
        let shop = world.shop(false, patient, chance)?;
        let mut list = shop.events(last.as_ref());
        while let Some(event) = list.next().await {
            match event {
                Ok(event) => self.events().push(event),
                // The next look goes on from there.
                Err(error) => {
                    world.failed(&error);
                    break;
                }
            }
        }
        Ok(())
    }
}
