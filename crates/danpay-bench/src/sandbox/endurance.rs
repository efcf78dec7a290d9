//! Many payments, and what becomes of the sandbox's memory: it keeps the last ten thousand.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::buyer::Buyer;
use super::level::buy;
use crate::load::{Until, share};
use crate::process::{self, Processes, SpentOnEach};
use crate::report::rate;

const CONNECTIONS: usize = 8;
/// How often its memory is looked at on the way.
const PARTS: u64 = 4;

#[derive(Serialize)]
pub(super) struct Endurance {
    pub(super) payments: u64,
    pub(super) payments_per_s: f64,
    pub(super) memory: Vec<Memory>,
    pub(super) spent: SpentOnEach,
}

/// The sandbox's resident memory after so many payments.
#[derive(Serialize)]
pub(super) struct Memory {
    pub(super) payments: u64,
    pub(super) resident_kib: u64,
}

pub(super) async fn measure(
    url: &str,
    sandbox: u32,
    payments: u64,
    deadline: Instant,
) -> Result<Endurance> {
    let mut made = 0;
    let mut took = Duration::ZERO;
    let mut memory = vec![Memory {
        payments: 0,
        resident_kib: process::resident_kib(sandbox)?,
    }];
    let before = Processes::alone(sandbox).spent_so_far()?;
    for part in 1..=PARTS {
        let until = Until {
            first: 0,
            count: payments * part / PARTS - payments * (part - 1) / PARTS,
            time: deadline,
        };
        let buyers = Buyer::open_all(url, CONNECTIONS).await?;
        let (buyers, part_took) = share(buyers, until, buy).await?;
        made += buyers.iter().map(|buyer| buyer.payments).sum::<u64>();
        took += part_took;
        memory.push(Memory {
            payments: made,
            resident_kib: process::resident_kib(sandbox)?,
        });
    }
    let spent = Processes::alone(sandbox).spent_so_far()?.since(before);
    Ok(Endurance {
        payments: made,
        payments_per_s: rate(made, took),
        memory,
        spent: spent.on_each(made),
    })
}
