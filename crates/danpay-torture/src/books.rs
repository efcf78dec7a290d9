//! The books as the shops can read them: every payment of the list, and what is told of each.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use danpay_client::{Event, Payment, Retries};
use danpay_testkit::books;

use crate::chance::Chance;
use crate::fleet::SECOND_CID;
use crate::world::World;

/// In calm an answer may be slow, but it comes.
const PATIENT: u32 = 20;
const PATIENT_FOR: Duration = Duration::from_mins(2);

pub(crate) const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];
/// Ends that say that no money moved.
pub(crate) const UNPAID: [&str; 4] = ["quit", "failed", "expired", "withdrawn"];
/// Few, so that most payments have more than one page.
pub(crate) const EVENTS_PER_PAGE: u32 = 2;

/// By the payments' ids.
pub(crate) type Events = BTreeMap<String, Vec<Event>>;

/// All payments, newest first.
pub(crate) async fn payments(world: &World, chance: &mut Chance) -> Result<Vec<Payment>> {
    let first = world.shop(false, patient(), chance)?;
    let mut payments = books::all(&first).await?;
    let second = world.shop(true, patient(), chance)?;
    let seconds = books::all(&second).await?;
    for payment in &seconds {
        ensure!(
            payment.cid == SECOND_CID,
            "the second shop is shown {}, which is not its own",
            payment.id
        );
        world.record().seconds.insert(payment.id.to_string());
    }
    ensure!(
        payments.iter().all(|payment| payment.cid != SECOND_CID),
        "the first shop is shown payments of the second"
    );
    payments.extend(seconds);
    payments.sort_by(|one, other| other.id.cmp(&one.id));
    Ok(payments)
}

pub(crate) async fn events(
    world: &World,
    payments: &[Payment],
    chance: &mut Chance,
) -> Result<Events> {
    let first = world.shop(false, patient(), chance)?;
    let second = world.shop(true, patient(), chance)?;
    let mut events = Events::new();
    for Payment { id, cid, .. } in payments {
        let shop = if cid == SECOND_CID { &second } else { &first };
        let mut told = shop.payment_events(id)?.page_size(EVENTS_PER_PAGE);
        let told = told.all().await;
        let told = told.with_context(|| format!("the events of {id}"))?;
        events.insert(id.to_string(), told);
    }
    Ok(events)
}

fn patient() -> Retries {
    Retries::default().attempts(PATIENT).within(PATIENT_FOR)
}
