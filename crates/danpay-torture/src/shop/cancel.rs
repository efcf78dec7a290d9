//! Cancellations, whole and partial: each is asked for under its key until it is known whether the
//! money has gone back.

use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::{Payment, Shop, transport};
use crate::chance::Chance;
use crate::minutes::Trouble;
use crate::plan::Cancel;
use crate::question::{Answer, Question};
use crate::record::{Asked, Told};

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
    let body = match cancel.part {
        Some([total, tax_free]) => {
            json!({ "amount": { "total": total, "tax_free": tax_free }, "reason": key })
        }
        None => json!({ "reason": key }),
    };
    keep(shop, payment, key, |_| {});
    let (mut was_repeated, mut is_met) = (false, false);
    while !shop.world.is_over() {
        let question = Question::post(&path, key, Some(&body));
        let (answers, repeated) = match cancel.repeated {
            Some(repeat) => transport::ask_twice(shop.world, &question, (repeat, chance)).await,
            None => (shop.ask_at_once(&question, chance).await, false),
        };
        was_repeated |= repeated;
        for answer in &answers {
            shop.told(payment, answer);
            let named = answer.text("cancellation_id");
            if !named.is_empty() {
                keep(shop, payment, key, |asked| _ = asked.named.insert(named));
                if was_repeated && cancel.part.is_some() && !is_met {
                    is_met = true;
                    shop.world.met(Trouble::RepeatedCancel);
                }
            }
        }
        if let Some(told) = answers.iter().find_map(definite) {
            keep(shop, payment, key, |asked| asked.told = told);
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
    match (answer.status, answer.code()) {
        (StatusCode::OK, _) => Some(Told::Done),
        (StatusCode::CONFLICT, "cancel_refused") => Some(Told::Refused),
        // More than is left, or nothing left at all.
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields")
        | (StatusCode::CONFLICT, "wrong_status") => Some(Told::Impossible),
        _ => None,
    }
}

/// Keeps what is known of the cancellation under a key.
fn keep(shop: Shop<'_>, payment: &Payment, key: &str, change: impl FnOnce(&mut Asked)) {
    let mut record = shop.world.record();
    let all = record.cancels.entry(payment.id.clone()).or_default();
    if let Some(known) = all.iter_mut().find(|asked| asked.key == key) {
        change(known);
    } else {
        let mut asked = Asked::under(key);
        change(&mut asked);
        all.push(asked);
    }
}
