//! What a tester decides on a payer's page: how the payer ends, or the end itself at once.
//! Invariant: none of it is needed to pay, and all of it goes through the ledger's own moves.

use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::asked::Asked;
use super::people::person;
use super::script::{Ending, play};
use super::{after, moved, see_other, view};
use crate::ledger::{Outcome, Stuck};
use crate::world::World;

#[derive(Deserialize)]
pub(super) struct Phone {
    phone: String,
    birth: String,
}

/// The PC page's second way: a message to the payer's KakaoTalk, which the tester's phone shows.
pub(super) async fn message(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Form(given): Form<Phone>,
) -> Response {
    let pc = format!("/mockup/bridge/pc/pg/one-time/payment/{page}?way=message");
    let (phone, outcome) = match person(&given.phone, &given.birth) {
        Ok(person) => person,
        Err(unsent) => return see_other(&format!("{pc}&wrong={}", unsent.as_str())),
    };
    let sent = after(&world, &page, |books, now| {
        books.ledger.send_message(&page, phone, now)?;
        books.ledger.lead_to(&page, outcome, now)
    });
    world.journal().stir();
    match sent {
        Some(_) => see_other(&pc),
        None => view::unknown(),
    }
}

#[derive(Deserialize)]
pub(super) struct Lead {
    outcome: String,
}

pub(super) async fn lead(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
    Form(lead): Form<Lead>,
) -> Response {
    moved(&world, &page, asked.via(), |books, now| {
        let outcome = Outcome::named(&lead.outcome).ok_or(Stuck::NothingChosen)?;
        books.ledger.lead_to(&page, outcome, now)
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Hurry {
    script: String,
}

/// Plays a script on the page's payment. A script that cannot be played changes nothing.
pub(super) async fn hurry(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
    Form(hurry): Form<Hurry>,
) -> Response {
    let Some((payment, _)) = after(&world, &page, |_, _| Ok(())) else {
        return view::unknown();
    };
    let ending = match play(&world, &payment.tid, &hurry.script) {
        Ok(played) => played.ending,
        Err(_) => Ending::Returns,
    };
    match ending {
        Ending::Returns => moved(&world, &page, asked.via(), |_, _| Ok(())).await,
        Ending::ReturnsElsewhere => see_other(&format!("/pay/mockup/{page}?ended=elsewhere")),
        Ending::StaysAway => see_other(&format!("/pay/mockup/{page}?ended=away")),
    }
}
