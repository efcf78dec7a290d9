//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use danpay_testkit::DatabaseKind;
use serde::Serialize;

use super::{Endpoint, Run};
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) database: DatabaseKind,
    pub(super) payers: usize,
    pub(super) runs: Vec<Run>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(
            f,
            "{}\n\non {:?}, {} payers\nendpoint  payments/s  CPU µs: danpay  PostgreSQL  arrived beside  in all  drained",
            self.machine, self.database, self.payers
        )?;
        for run in &self.runs {
            let drained = run
                .drained_s
                .map_or("-".to_owned(), |seconds| format!("{seconds:.1} s"));
            writeln!(
                f,
                "{:>8}  {:>10.0}  {:>14.0}  {:>10.0}  {:>14}  {:>6}  {drained}",
                format!("{:?}", run.endpoint),
                run.level.payments_per_s,
                run.level.spent.cpu_us,
                run.level.spent.database_us,
                run.arrived_beside,
                run.arrived,
            )?;
        }
        let none = self.mean(Endpoint::None);
        let share = |endpoint| self.mean(endpoint) / none * 100.0;
        write!(
            f,
            "payments a second, of those with no endpoint: with one {:.0} %, with a dead one {:.0} %",
            share(Endpoint::One),
            share(Endpoint::Dead),
        )
    }
}

impl Report {
    fn mean(&self, endpoint: Endpoint) -> f64 {
        let of_it = self.runs.iter().filter(|run| run.endpoint == endpoint);
        let rates: Vec<f64> = of_it.map(|run| run.level.payments_per_s).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few runs")]
        let count = rates.len() as f64;
        rates.iter().sum::<f64>() / count
    }
}
