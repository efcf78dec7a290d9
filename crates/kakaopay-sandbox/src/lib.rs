//! `KakaoPay`'s side of a one-time payment, offline: the merchant API, the payer's pages, and a
//! ledger that is the only judge of who has paid. Point a `KakaoPay` client at [`Sandbox::url`]
//! instead of `https://open-api.kakaopay.com` and nothing else changes.
//!
//! ```
//! use kakaopay_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::builder().seed(7).start().await?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! assert!(sandbox.payments().is_empty());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A payer can be a person with a browser, or a script: [`Sandbox::play`]. Time is the sandbox's
//! own ([`Sandbox::advance_clock`]), and what can go wrong goes wrong when asked
//! ([`Sandbox::inject`]). The same is offered over HTTP under `/_sandbox/`. The crate's README
//! says for each behaviour whether it is documented, seen in real logs, or our guess.
//!
//! The crate turns on `serde_json/preserve_order`: where it is a dev-dependency, JSON objects keep
//! the order of their members in tests, which they may not do in the program itself.
//!
#![doc = include_str!("tables.md")]
#![deny(missing_docs)]

mod advice;
mod api;
mod call;
mod clock;
mod codes;
mod control;
mod dice;
mod fault;
mod guard;
mod journal;
mod ledger;
mod line;
mod payer;
mod rate;
mod receipt;
mod sandbox;
mod state;
mod world;

pub use codes::ERROR_CODES;
pub use control::{LedgerEntry, PaymentRecord};
pub use fault::{Endpoint, Fault, FaultKind};
pub use ledger::{CancelVat, PaymentStatus, Wallet};
pub use payer::{PlayError, SCRIPTS};
pub use sandbox::{LineCut, Listening, Sandbox, SandboxBuilder, StartError};
pub use state::StateError;

#[cfg(test)]
mod tests {
    use super::{FaultKind, SCRIPTS};

    #[test]
    fn the_tables_of_the_documentation_are_those_of_the_code() {
        let tables = include_str!("tables.md").replace('`', "");
        let rows = tables.lines().filter_map(|line| {
            let (name, does) = line
                .strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")?;
            (!["script", "fault"].contains(&name)).then_some((name, does))
        });
        let scripts = SCRIPTS.iter().copied();
        let faults = FaultKind::ALL
            .iter()
            .map(|kind| (kind.as_str(), kind.does()));
        let listed = scripts.chain(faults);
        assert_eq!(rows.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
    }
}
