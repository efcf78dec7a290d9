//! The client of KakaoPay with the keys in use. KakaoPay revokes a key the moment it issues a new one,
//! so the operator can only change the file afterwards: it is read again when a key is turned away.
//!
//! **Invariant**: a key is replaced only by a valid one that differs from it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kakaopay::KakaoPay;

use super::cool_down::CoolDown;
use super::skew::Skew;
use crate::alerts::AlertKind;
use crate::config::ConfigError;
use crate::limits;

/// Reads the keys again; nothing, if they are as they were.
type ReadAgain = dyn Fn() -> Result<Option<KakaoPay>, ConfigError> + Send + Sync;

/// A client of KakaoPay whose keys may change while it is used. Clones are one and the same.
#[derive(Clone)]
pub struct KeyedClient(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    read_again: Option<Box<ReadAgain>>,
}

struct State {
    client: KakaoPay,
    /// Counts the keys that were used before.
    replaced: u32,
    /// In which the keys are not read again.
    cool_down: CoolDown,
    /// What takes note of the times of its answers.
    skew: Option<Skew>,
}

/// The client as it was when a call began.
#[derive(Debug)]
pub(super) struct InUse {
    client: KakaoPay,
    replaced: u32,
}

impl Deref for InUse {
    type Target = KakaoPay;

    fn deref(&self) -> &KakaoPay {
        &self.client
    }
}

impl From<KakaoPay> for KeyedClient {
    /// With keys that stay.
    fn from(client: KakaoPay) -> Self {
        Self::new(client, None)
    }
}

impl KeyedClient {
    /// With keys that `read_again` reads when KakaoPay has turned them away: it gives a client with
    /// the new ones, or nothing if they have not changed.
    pub fn reading(
        client: KakaoPay,
        read_again: impl Fn() -> Result<Option<KakaoPay>, ConfigError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(client, Some(Box::new(read_again)))
    }

    fn new(client: KakaoPay, read_again: Option<Box<ReadAgain>>) -> Self {
        let cool_down = CoolDown::default();
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                client,
                replaced: 0,
                cool_down,
                skew: None,
            }),
            read_again,
        }))
    }

    /// The same, of whose answers' times `skew` takes note.
    pub(crate) fn watched_by(self, skew: &Skew) -> Self {
        {
            let mut state = self.state();
            state.client = skew.watch(&state.client);
            state.skew = Some(skew.clone());
        }
        self
    }

    /// The client with the keys of now.
    pub(super) fn current(&self) -> InUse {
        let state = self.state();
        InUse {
            client: state.client.clone(),
            replaced: state.replaced,
        }
    }

    /// KakaoPay has turned away the keys that were used. Whether there are others now.
    pub(super) fn turned_away(&self, now: Timestamp, used: &InUse) -> bool {
        let Some(read_again) = &self.0.read_again else {
            return false;
        };
        let mut state = self.state();
        if state.replaced != used.replaced {
            // Another call, which was turned away before this one, has had them read.
            return true;
        }
        if state.cool_down.left(now).is_some() {
            return false;
        }
        state.cool_down = CoolDown::new(now, limits::KEY_READ_INTERVAL);
        match read_again() {
            Ok(Some(client)) => {
                state.client = match &state.skew {
                    Some(skew) => skew.watch(&client),
                    None => client,
                };
                state.replaced = state.replaced.wrapping_add(1);
                tracing::info!("KakaoPay's keys have changed: the new ones are used from now on");
                true
            }
            Ok(None) => false,
            Err(error) => {
                let alert = AlertKind::KakaoPayKey.as_str();
                tracing::error!(alert, %error, "KakaoPay's keys cannot be read again");
                false
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed, so a poisoned lock is as good as another.
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeyedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.current().client.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> KakaoPay {
        KakaoPay::builder("DEV").build().unwrap()
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn keys_are_read_again_at_most_once_a_second_and_replaced_when_they_have_changed() {
        let reads = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&reads);
        let keyed = KeyedClient::reading(client(), move || {
            let mut reads = counted.lock().unwrap();
            *reads += 1;
            Ok((*reads == 2).then(client))
        });
        let used = keyed.current();
        assert!(!keyed.turned_away(at(0), &used));
        assert!(!keyed.turned_away(at(900), &used));
        assert!(keyed.turned_away(at(1_000), &used));
        assert_eq!(*reads.lock().unwrap(), 2);
        // Whoever was turned away with the old ones as well has the new ones; with these nobody has others.
        assert!(keyed.turned_away(at(1_001), &used));
        assert!(!keyed.turned_away(at(1_001), &keyed.current()));
        assert_eq!(*reads.lock().unwrap(), 2);
    }

    #[test]
    fn keys_that_cannot_be_read_leave_the_old_ones_in_use() {
        let keyed = KeyedClient::reading(client(), || Err(ConfigError::Invalid("x".to_owned())));
        assert!(!keyed.turned_away(at(0), &keyed.current()));
        let keyed = KeyedClient::from(client());
        assert!(!keyed.turned_away(at(0), &keyed.current()));
    }

    #[test]
    fn debug_tells_the_merchant_code_and_no_key() {
        let keyed = KeyedClient::from(KakaoPay::builder("DEV5ECRET").build().unwrap());
        let debug = format!("{keyed:?}");
        assert!(debug.contains("TC0ONETIME"), "{debug}");
        assert!(!debug.contains("5ECRET"), "{debug}");
    }
}
