//! How often what happened, and what has to happen in many lives.
//!
//! **Invariant**: whatever can go wrong here is counted by its name, so what is never met is found:
//! a fault that nobody meets tests nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kakaopay::ApiEndpoint as Endpoint;
use kakaopay_sandbox::{ERROR_CODES, FaultKind, SCRIPTS};

use crate::books::Engine;
use crate::{audit, door, host, network, receiver, weather};

/// KakaoPay's calls, in the order of a payment.
pub const ENDPOINTS: [Endpoint; 4] = [
    Endpoint::Ready,
    Endpoint::Approve,
    Endpoint::Order,
    Endpoint::Cancel,
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Payments by their end.
    Payment,
    /// Ends of servers.
    Crash,
    /// Servers that stood still and went on, by where.
    Suspension,
    /// What payers did, by the sandbox's scripts.
    Script,
    /// Error codes that calls met: `-780 at approve`.
    Code,
    /// What befell calls, and the payer's way back, by the sandbox's names where it has one.
    Fault,
    /// What befell everybody.
    Weather,
}

impl Kind {
    /// All of them, with what they are called.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Payment, "payments"),
        (Self::Crash, "crashes"),
        (Self::Suspension, "suspensions"),
        (Self::Script, "scripts"),
        (Self::Code, "codes"),
        (Self::Fault, "faults"),
        (Self::Weather, "weather"),
    ];
}

/// How often what happened.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<(Kind, Cow<'static, str>), u64>);

impl Counts {
    pub(crate) fn count(&mut self, kind: Kind, what: impl Into<Cow<'static, str>>) {
        *self.0.entry((kind, what.into())).or_default() += 1;
    }

    pub(crate) fn add(&mut self, others: &Self) {
        for (what, times) in &others.0 {
            *self.0.entry(what.clone()).or_default() += times;
        }
    }

    /// All of a kind, by name.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (&str, u64)> {
        let all = self.0.iter().filter(move |((of, _), _)| *of == kind);
        all.map(|((_, what), times)| (what.as_ref(), *times))
    }

    /// How often this happened.
    pub fn times(&self, kind: Kind, what: &str) -> u64 {
        let mut all = self.of(kind).filter(|(name, _)| *name == what);
        all.next().map_or(0, |(_, times)| times)
    }

    /// How often a call met this code.
    pub fn code(&self, code: i32, endpoint: Endpoint) -> u64 {
        self.times(Kind::Code, &code_at(code, endpoint))
    }

    /// What never happened, of all that can on this database.
    pub fn never_met(&self, engine: &Engine) -> Vec<String> {
        let all = everything(engine).filter(|(kind, what)| self.times(*kind, what) == 0);
        all.map(|(kind, what)| format!("{kind:?}: {what}"))
            .collect()
    }
}

/// A code by the call that met it.
pub(crate) fn code_at(code: i32, endpoint: Endpoint) -> String {
    format!("{code} at {endpoint}")
}

/// All that can happen: the sandbox's scripts, codes and faults, and what is the simulation's own.
fn everything(engine: &Engine) -> impl Iterator<Item = (Kind, Cow<'static, str>)> {
    let named = |kind, names: Vec<&'static str>| {
        let names = names.into_iter();
        names.map(move |name| (kind, Cow::Borrowed(name)))
    };
    let scripts = SCRIPTS.iter().map(|(script, _)| *script).collect();
    let codes = ENDPOINTS.into_iter().flat_map(|endpoint| {
        let codes = ERROR_CODES.iter();
        codes.map(move |(code, _)| (Kind::Code, code_at(*code, endpoint).into()))
    });
    // Of one call a used-up quota is an answer like another: `error_429`.
    let faults = FaultKind::ALL.iter().copied();
    let faults = faults.filter(|kind| *kind != FaultKind::DailyQuota);
    let faults = faults.map(FaultKind::as_str).collect();
    let (crashes, faults_between): (&[_], &[_]) = match engine {
        Engine::Sqlite => (&[], &[]),
        Engine::Postgres(_) => (&host::CRASHES_OVER_A_NETWORK, &host::FAULTS_OVER_A_NETWORK),
    };
    named(Kind::Script, scripts)
        .chain(codes)
        .chain(named(Kind::Fault, faults))
        .chain(named(Kind::Fault, network::faults()))
        .chain(named(Kind::Fault, door::FAULTS.to_vec()))
        .chain(named(Kind::Fault, receiver::FAULTS.to_vec()))
        .chain(named(Kind::Fault, host::FAULTS.to_vec()))
        .chain(named(Kind::Fault, faults_between.to_vec()))
        .chain(named(Kind::Crash, crashes.to_vec()))
        .chain(named(Kind::Payment, audit::ENDS.to_vec()))
        .chain(named(Kind::Crash, host::CRASHES.to_vec()))
        .chain(named(Kind::Suspension, host::suspensions()))
        .chain(named(Kind::Weather, weather::all()))
}
