//! The shop's books beside KakaoPay's ledger: after a load, what one calls paid the other must,
//! to the won.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::connection::Connection;
use crate::house::House;

/// As many as danpay gives at once.
const PAGE: usize = 100;
/// How often both are read until all is settled.
const LOOK: Duration = Duration::from_millis(500);

/// What both say after they were found equal.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Agreed {
    pub(crate) approved: u64,
    pub(crate) won: u64,
    /// Payments that KakaoPay's faults left in doubt, which recovery will settle.
    pub(crate) in_doubt: u64,
}

/// A payment as either side tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Paid {
    total: u64,
    aid: Option<String>,
}

/// One side's payments by their TID.
#[derive(Default)]
struct Side {
    paid: BTreeMap<String, Paid>,
    in_doubt: Vec<String>,
}

/// Compares danpay's books with the sandbox's ledger. Whatever one has and the other has not is
/// an error, but for what danpay itself calls in doubt.
pub(crate) async fn compare(house: &House) -> Result<Agreed> {
    compare_newest(house, u64::MAX).await
}

/// The same for the newest payments alone: for books that are older than the ledger.
pub(crate) async fn compare_newest(house: &House, newest: u64) -> Result<Agreed> {
    let ours = danpay(house, newest).await.context("danpay's books")?;
    let theirs = sandbox(house).await.context("the sandbox's ledger")?;
    agree(&ours, &theirs)
}

/// The same once recovery has asked about what was left in doubt, or as it is after so long. A payment
/// that still is on its way may be in one of the books only.
pub(crate) async fn once_settled(house: &House, most: Duration) -> Result<Agreed> {
    let begun = Instant::now();
    loop {
        let books = compare(house).await;
        let settled = books.as_ref().is_ok_and(|books| books.in_doubt == 0);
        if settled || begun.elapsed() > most {
            return books;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn agree(ours: &Side, theirs: &Side) -> Result<Agreed> {
    for (tid, paid) in &ours.paid {
        let there = theirs.paid.get(tid);
        ensure!(
            there == Some(paid),
            "the books do not agree: {tid} is {paid:?} here and {there:?} at KakaoPay"
        );
    }
    for (tid, paid) in &theirs.paid {
        if !ours.paid.contains_key(tid) && !ours.in_doubt.contains(tid) {
            bail!("the books do not agree: KakaoPay has taken {paid:?} for {tid}, unknown here");
        }
    }
    Ok(Agreed {
        approved: ours.paid.len() as u64,
        won: ours.paid.values().map(|paid| paid.total).sum(),
        in_doubt: ours.in_doubt.len() as u64,
    })
}

async fn danpay(house: &House, newest: u64) -> Result<Side> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Payment>,
        next_cursor: Option<String>,
    }
    #[derive(Deserialize)]
    struct Payment {
        tid: String,
        status: String,
        aid: Option<String>,
        amount: Amount,
    }
    #[derive(Deserialize)]
    struct Amount {
        total: u64,
    }
    let bearer = format!("Bearer {}", house.api_key);
    let mut shop = Connection::open(&house.danpay.url, &bearer).await?;
    let mut side = Side::default();
    let mut next = Some(String::new());
    let mut left = newest;
    while let Some(cursor) = next.filter(|_| left > 0) {
        let path = format!("/v1/payments?limit={PAGE}{cursor}");
        let answered = shop.get(&path).await?;
        let list: List = serde_json::from_slice(&answered.body)?;
        let wanted = list
            .data
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= wanted as u64;
        for Payment {
            tid,
            status,
            aid,
            amount: Amount { total },
        } in list.data.into_iter().take(wanted)
        {
            match status.as_str() {
                "approved" => drop(side.paid.insert(tid, Paid { total, aid })),
                "approving" => side.in_doubt.push(tid),
                _ => {}
            }
        }
        next = list.next_cursor.map(|cursor| format!("&cursor={cursor}"));
    }
    Ok(side)
}

async fn sandbox(house: &House) -> Result<Side> {
    #[derive(Deserialize)]
    struct Ledger {
        payments: Vec<Record>,
    }
    #[derive(Deserialize)]
    struct Record {
        tid: String,
        total: u64,
        aid: Option<String>,
        approvals: u32,
    }
    let mut tester = Connection::open(&house.sandbox.url, "").await?;
    let answered = tester.get("/_sandbox/payments").await?;
    let ledger: Ledger = serde_json::from_slice(&answered.body)?;
    let paid = (ledger.payments.into_iter()).filter(|record| record.approvals > 0);
    let paid = paid.map(
        |Record {
             tid, total, aid, ..
         }| (tid, Paid { total, aid }),
    );
    Ok(Side {
        paid: paid.collect(),
        in_doubt: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(paid: &[(&str, u64)], in_doubt: &[&str]) -> Side {
        let entry = |&(tid, total): &(&str, u64)| {
            let aid = Some(format!("A-{tid}"));
            (tid.to_owned(), Paid { total, aid })
        };
        Side {
            paid: paid.iter().map(entry).collect(),
            in_doubt: in_doubt.iter().map(|&tid| tid.to_owned()).collect(),
        }
    }

    #[test]
    fn equal_books_agree_and_tell_their_sum() {
        let books = side(&[("T1", 1_000), ("T2", 200)], &[]);
        let agreed = agree(&books, &books).unwrap();
        assert_eq!((agreed.approved, agreed.won), (2, 1_200));
    }

    #[test]
    fn a_payment_that_one_side_has_alone_is_an_error() {
        let (more, less) = (side(&[("T1", 1), ("T2", 2)], &[]), side(&[("T1", 1)], &[]));
        assert!(agree(&more, &less).is_err());
        assert!(agree(&less, &more).is_err());
    }

    #[test]
    fn a_single_won_of_difference_is_an_error() {
        assert!(agree(&side(&[("T1", 1)], &[]), &side(&[("T1", 2)], &[])).is_err());
    }

    #[test]
    fn what_danpay_calls_in_doubt_may_have_been_paid_at_kakaopay() {
        let ours = side(&[], &["T1", "T2"]);
        let agreed = agree(&ours, &side(&[("T1", 1)], &[])).unwrap();
        assert_eq!((agreed.approved, agreed.in_doubt), (0, 2));
    }
}
