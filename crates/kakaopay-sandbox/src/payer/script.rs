//! Payers without a browser, for tests: each script makes the moves a person would make.
//! Invariant: a script goes through the same ledger steps as the pages do.

use jiff::Timestamp;
use thiserror::Error;

use crate::ledger::{CARDS, Method, Standing, Stuck};
use crate::world::{Books, World};

/// The scripts by name, each with what the payer does.
pub const SCRIPTS: [(&str, &str); 3] = [
    (
        "pays_by_card",
        "opens the page, picks the first card and authenticates",
    ),
    (
        "pays_by_money",
        "opens the page, picks money and authenticates",
    ),
    ("quits", "opens the page and gives up"),
];

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
}

enum Move {
    Pay(Method),
    Quit,
}

/// The address that the payer's browser is sent to in the end. A payer who comes too late is sent
/// to the merchant's `fail_url`.
pub(crate) fn play(world: &World, tid: &str, script: &str) -> Result<String, PlayError> {
    let what = match script {
        "pays_by_card" => CARDS.first().map(|card| Move::Pay(Method::Card(card))),
        "pays_by_money" => Some(Move::Pay(Method::Money)),
        "quits" => Some(Move::Quit),
        _ => None,
    };
    let what = what.ok_or_else(|| PlayError::UnknownScript(script.to_owned()))?;
    world.books(|books, now| {
        let payment = books.ledger.by_tid(tid);
        let payment = payment.ok_or_else(|| PlayError::UnknownPayment(tid.to_owned()))?;
        let page = payment.page.clone();
        let status = payment.status().as_str();
        let finished = || PlayError::Finished(status);
        match payment.standing(now) {
            Standing::Open => moves(books, &page, &what, now).map_err(|stuck| match stuck {
                Stuck::MethodNotOffered => PlayError::MethodNotOffered,
                _ => finished(),
            })?,
            Standing::Expired => {}
            Standing::Authenticated | Standing::Paid | Standing::Quit | Standing::Failed => {
                return Err(finished());
            }
        }
        let end = books
            .ledger
            .by_page(&page)
            .and_then(|payment| payment.leads_to(now));
        end.map(String::from).ok_or_else(finished)
    })
}

fn moves(books: &mut Books, page: &str, what: &Move, now: Timestamp) -> Result<(), Stuck> {
    let Books { ledger, dice } = books;
    ledger.open(page, now)?;
    match what {
        Move::Quit => ledger.quit(page, now),
        Move::Pay(method) => {
            ledger.choose(page, *method, now)?;
            ledger.authenticate(page, now, dice)
        }
    }
}
