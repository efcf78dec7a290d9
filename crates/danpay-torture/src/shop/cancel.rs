//! Cancellations, whole and partial: each is asked for under its key until it is known whether the
//! money has gone back.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Payment, Shop};
use crate::chance::Chance;
use crate::plan::Cancel;
use crate::world::{Answer, Asked, Question, Told};

/// One after the other, or all at once: of one payment only one goes back at a time, and who comes
/// too early asks again.
pub(super) async fn all(shop: Shop<'_>, payment: &Payment, chance: &mut Chance) {
    let cancels = &shop.plan.cancels;
    let cancel = |number: usize, mut chance: Chance| async move {
        if let Some(cancel) = cancels.get(number) {
            sleep(cancel.after).await;
            let key = format!("cancel-{}-{number}", shop.plan.number);
            one(shop, payment, (cancel, &key), &mut chance).await;
        }
    };
    let [first, second, third] = [0, 1, 2].map(|number| cancel(number, chance.fork()));
    if shop.plan.cancels_at_once {
        tokio::join!(first, second, third);
    } else {
        first.await;
        second.await;
        third.await;
    }
}

/// The key is the reason as well, so that the books tell which cancellation is whose.
async fn one(
    shop: Shop<'_>,
    payment: &Payment,
    (cancel, key): (&Cancel, &str),
    chance: &mut Chance,
) {
    let path = format!("/v1/payments/{}/cancel", payment.id);
    let amount = cancel.part.map(|total| json!({ "total": total }));
    let body = match amount {
        Some(amount) => json!({ "amount": amount, "reason": key }),
        None => json!({ "reason": key }),
    };
    tell(shop, payment, key, Told::Unknown);
    while !shop.world.is_over() {
        let question = Question::post(&path, key, Some(&body));
        let answers = shop.ask_at_once(&question, cancel.at_once, chance).await;
        for answer in &answers {
            shop.told(payment, answer);
        }
        if let Some(told) = answers.iter().find_map(definite) {
            tell(shop, payment, key, told);
            return shop.witness(payment, chance).await;
        }
        let wait = if answers.is_empty() {
            shop.world.pause(chance)
        } else {
            chance.millis(300..2_500)
        };
        sleep(wait).await;
    }
    shop.world
        .violation(format!("{key} was never answered"), Some(&payment.id));
}

/// How the cancellation stands, if the answer tells that for good.
fn definite(answer: &Answer) -> Option<Told> {
    let code = answer.body.get("code").and_then(Value::as_str);
    match (answer.status, code) {
        (StatusCode::OK, _) => Some(Told::Done),
        (StatusCode::CONFLICT, Some("cancel_refused")) => Some(Told::Refused),
        // More than is left, or nothing left at all.
        (StatusCode::UNPROCESSABLE_ENTITY, Some("invalid_fields"))
        | (StatusCode::CONFLICT, Some("wrong_status")) => Some(Told::Impossible),
        _ => None,
    }
}

fn tell(shop: Shop<'_>, payment: &Payment, key: &str, told: Told) {
    let mut record = shop.world.record();
    let asked = record.cancels.entry(payment.id.clone()).or_default();
    match asked.iter_mut().find(|asked| asked.key == key) {
        Some(known) => known.told = told,
        None => asked.push(Asked {
            key: key.to_owned(),
            told,
        }),
    }
}
