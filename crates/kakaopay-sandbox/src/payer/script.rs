//! Payers without a browser, for tests: each script makes the moves a person would make.
//! Invariant: a script goes through the same ledger steps as the pages do.

mod list;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

pub use self::list::SCRIPTS;
pub(crate) use self::list::{Ending, Script, scripts};
use self::list::{Hour, Means};
use super::way_back::way_back;
use crate::ledger::{Method, Outcome, Standing, Stuck, WRONG_PASSWORDS_MAX};
use crate::world::{Books, World};

/// One second before a payment's fifteen minutes are over.
const LAST_SECOND: SignedDuration = SignedDuration::from_secs(899);

/// Why a script could not be played.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlayError {
    /// There is no such script.
    #[error("there is no script {0:?}")]
    UnknownScript(String),
    /// There is no such payment.
    #[error("there is no payment {0:?}")]
    UnknownPayment(String),
    /// The payment is past the payer: authenticated, given up, or paid.
    #[error("the payment is {0} and has nothing left for a payer to do")]
    Finished(&'static str),
    /// The merchant does not let this payment be paid that way.
    #[error("the merchant restricted the payment to another method")]
    MethodNotOffered,
    /// The script was played, and its payer does not come back: there is no address to visit.
    #[error("the payer did as the script says and does not come back to the shop")]
    NeverReturns,
}

/// How a script left the payer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Played {
    /// Where the payer's browser is sent, if it goes anywhere.
    pub(crate) redirect_to: Option<String>,
    /// Where it goes after that, when a fault sends it to a second address.
    pub(crate) then: Option<String>,
    pub(crate) ending: Ending,
}

/// A payer who comes too late is sent to the merchant's `fail_url`.
pub(crate) fn play(world: &World, tid: &str, script: &str) -> Result<Played, PlayError> {
    let script =
        Script::named(script).ok_or_else(|| PlayError::UnknownScript(script.to_owned()))?;
    wait_for(world, tid, script);
    let played = world.books(|books, now| {
        let payment = books.ledger.by_tid(tid);
        let payment = payment.ok_or_else(|| PlayError::UnknownPayment(tid.to_owned()))?;
        let page = payment.page.clone();
        let status = payment.status().as_str();
        let finished = || PlayError::Finished(status);
        match payment.standing(now) {
            Standing::Open => moves(books, &page, script, now).map_err(|stuck| match stuck {
                Stuck::MethodNotOffered => PlayError::MethodNotOffered,
                _ => finished(),
            })?,
            Standing::Expired => {}
            _ => return Err(finished()),
        }
        let payment = books.ledger.by_page(&page).ok_or_else(finished)?;
        let stays =
            script.ending == Ending::StaysAway && payment.standing(now) != Standing::Expired;
        let addresses = if stays {
            Vec::new()
        } else {
            way_back(world, payment, now)
        };
        let mut addresses = addresses.into_iter().map(String::from);
        Ok(Played {
            redirect_to: addresses.next(),
            then: addresses.next(),
            ending: script.ending,
        })
    });
    world.journal().stir();
    played
}

/// A payer who comes at the last second lets the sandbox's time pass until then.
fn wait_for(world: &World, tid: &str, script: &Script) {
    if script.hour == Hour::Now {
        return;
    }
    let left = world.books(|books, now| {
        let payment = books.ledger.by_tid(tid)?;
        if payment.standing(now) != Standing::Open {
            return None;
        }
        let due = payment.created_at.checked_add(LAST_SECOND).ok()?;
        Duration::try_from(due.duration_since(now)).ok()
    });
    if let Some(left) = left {
        world.clock.advance(left);
    }
}

fn moves(books: &mut Books, page: &str, script: &Script, now: Timestamp) -> Result<(), Stuck> {
    let Books { ledger, dice } = books;
    ledger.open(page, now)?;
    let method = match script.means {
        Means::Nothing => return ledger.quit(page, now),
        Means::Card => {
            let payment = ledger.by_page(page).ok_or(Stuck::UnknownPage)?;
            payment.order.cards().next().map(Method::Card)
        }
        Means::Money => Some(Method::Money),
    };
    let method = method.ok_or(Stuck::MethodNotOffered)?;
    ledger.choose(page, method, now)?;
    match script.outcome {
        // A window that closes before the password leads to nothing.
        None => Ok(()),
        Some(Outcome::WrongPassword) => {
            ledger.lead_to(page, Outcome::WrongPassword, now)?;
            (0..WRONG_PASSWORDS_MAX).try_for_each(|_| ledger.authenticate(page, now, dice))
        }
        Some(outcome) => {
            ledger.lead_to(page, outcome, now)?;
            ledger.authenticate(page, now, dice)
        }
    }
}
