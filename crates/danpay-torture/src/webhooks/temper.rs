//! Tempers: what receivers do with what comes to them.

use crate::chance::Chance;

/// Of one receiver, while there is chaos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Temper {
    /// It takes everything.
    Well,
    /// It refuses, or hangs up.
    Fails,
    /// It says nothing, or says it slowly.
    Hangs,
    /// It sends danpay elsewhere.
    Redirects,
    /// It answers 410 for a while, and its operator enables it again.
    Gone,
    /// It ends and starts again.
    Restarts,
}

/// What becomes of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Take,
    /// It is taken, a byte of the answer after the other.
    TakeSlowly,
    /// It is answered this: a status, and perhaps headers.
    Answer(&'static str),
    /// Nothing is said.
    Hang,
    /// Something is said that does not end.
    Drip,
    /// The connection is closed, without a word.
    HangUp,
    /// The same, in the middle of a good answer.
    BreakOff,
}

pub(super) const GONE: Deed = Deed::Answer("410 Gone");

const FAILURES: [Deed; 8] = [
    Deed::Answer("500 Internal Server Error"),
    Deed::Answer("503 Service Unavailable"),
    Deed::Answer("503 Service Unavailable\r\nretry-after: 7"),
    Deed::Answer("404 Not Found"),
    Deed::Answer("429 Too Many Requests\r\nretry-after: 1"),
    Deed::Answer("304 Not Modified"),
    Deed::HangUp,
    Deed::BreakOff,
];
const REDIRECTS: [Deed; 4] = [
    Deed::Answer("301 Moved Permanently\r\nlocation: /elsewhere"),
    Deed::Answer("302 Found\r\nlocation: /elsewhere"),
    Deed::Answer("307 Temporary Redirect\r\nlocation: /elsewhere"),
    Deed::Answer("308 Permanent Redirect\r\nlocation: /elsewhere"),
];

// Of 1,000 events.
const REFUSED: u32 = 300;
const REDIRECTED: u32 = 100;
const SLOW: u32 = 30;
// Each takes a seat of sixteen for twenty seconds.
const HUNG: u32 = 3;

impl Temper {
    pub(super) const ALL: [Self; 6] = [
        Self::Well,
        Self::Fails,
        Self::Hangs,
        Self::Redirects,
        Self::Gone,
        Self::Restarts,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Fails => "fails",
            Self::Hangs => "hangs",
            Self::Redirects => "redirects",
            Self::Gone => "gone",
            Self::Restarts => "restarts",
        }
    }

    /// What is counted when it does not take something.
    pub(super) fn not_taken(self) -> String {
        format!("receivers: {}, not taken", self.name())
    }

    /// What it does with an event that it has not refused before. (Whatever is refused twice comes
    /// again only after five minutes.)
    pub(super) fn draw(self, chance: &mut Chance) -> Deed {
        let of = |deeds: &[Deed], per_mille, chance: &mut Chance| {
            let deed = chance.pick(deeds).copied().filter(|_| chance.is(per_mille));
            deed.unwrap_or(Deed::Take)
        };
        match self {
            Self::Well | Self::Gone | Self::Restarts => Deed::Take,
            Self::Fails => of(&FAILURES, REFUSED, chance),
            Self::Redirects => of(&REDIRECTS, REDIRECTED, chance),
            Self::Hangs if chance.is(SLOW) => Deed::TakeSlowly,
            Self::Hangs => of(&[Deed::Hang, Deed::Drip], HUNG, chance),
        }
    }
}

impl Deed {
    /// Whether it is taken, as soon as danpay has the whole answer.
    pub(super) fn takes(self) -> bool {
        matches!(self, Self::Take | Self::TakeSlowly)
    }
}
