//! What a call's own words do not show and the books do, looked up as it is answered.
//! Most calls have none of it, and cost nothing here.

use http::StatusCode;

use super::Dialect;
use super::refusal::SPLIT_DOES_NOT_FIT;
use crate::advice::Sign;
use crate::call::{Answer, Call, error_code};
use crate::fault::Endpoint;
use crate::ledger;
use crate::world::World;

pub(super) fn signs(world: &World, call: &Call, made: Option<&Answer>) -> Option<Sign> {
    let made = made?;
    let dialect = Dialect::of(world, &call.path);
    let endpoint = dialect.endpoint(&call.path)?;
    match (endpoint, code_of(made)) {
        (Endpoint::Approve, None) if made.status == StatusCode::OK => {
            let tid = dialect.fields(call).ok()?.optional_text("tid", 20).ok()??;
            let twice = world.look(|books| books.ledger.is_order_paid_twice(&tid));
            twice.then_some(Sign::OrderPaidTwice)
        }
        (Endpoint::Approve, Some(code @ (-701 | -708))) => whose_token(world, call, dialect, code),
        (Endpoint::Cancel, None) if made.status == StatusCode::OK => {
            let fields = dialect.fields(call).ok()?;
            let tid = fields.optional_text("tid", 20).ok()??;
            let is_stated = fields
                .optional_whole("cancel_vat_amount", 0)
                .ok()?
                .is_some();
            let was_stated = world.look(|books| Some(books.ledger.by_tid(&tid)?.order.states_vat));
            (!is_stated && was_stated?).then_some(Sign::VatLeftOut)
        }
        (Endpoint::Cancel, Some(-722)) if made.body.contains(SPLIT_DOES_NOT_FIT) => {
            split(world, call, dialect)
        }
        _ => None,
    }
}

fn code_of(made: &Answer) -> Option<i64> {
    if made.status.is_success() {
        return None;
    }
    error_code(&serde_json::from_str(&made.body).ok()?)
}

fn whose_token(world: &World, call: &Call, dialect: Dialect, code: i64) -> Option<Sign> {
    let fields = dialect.fields(call).ok()?;
    let tid = fields.optional_text("tid", 20).ok()??;
    let token = fields.optional_text("pg_token", 255).ok()??;
    let waits = world.look(|books| books.ledger.is_token_of_another(&token, &tid));
    if waits || world.journal().approved_another(&token, &tid) {
        Some(Sign::TokenOfAnother)
    } else {
        (code == -708).then_some(Sign::TokenOfNobody)
    }
}

fn split(world: &World, call: &Call, dialect: Dialect) -> Option<Sign> {
    let fields = dialect.fields(call).ok()?;
    let tid = fields.optional_text("tid", 20).ok()??;
    let amount = fields.optional_whole("cancel_amount", 0).ok()??;
    let asked = fields.optional_whole("cancel_tax_free_amount", 0).ok()??;
    world.look(|books| {
        let payment = books.ledger.by_tid(&tid)?;
        let (tax_free, vat) = ledger::fitting_split(payment, amount, asked);
        Some(Sign::Fitting { tax_free, vat })
    })
}
