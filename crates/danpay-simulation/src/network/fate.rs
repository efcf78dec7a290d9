//! What becomes of one call, drawn when it is sent.

use std::time::Duration;

use jiff::SignedDuration;
use kakaopay::{
    ApiEndpoint as Endpoint, TransportRequest as Request, TransportResponse as Response,
};
use serde_json::json;

use super::{code, fault};
use crate::chance::Chance;
use crate::counts::{Kind, code_at};
use crate::kakaopay::{refusal, tid};
use crate::weather::Outage;
use crate::world::World;

/// A call that is held up takes effect later than the margins allow for, yet before a no to the next
/// one, 30 s after it, could stand 30 s later.
const HELD_UP_MS: std::ops::Range<u64> = 18_000..34_000;
/// KakaoPay's own limit for what it does.
pub(super) const EFFECT_MS: std::ops::Range<u64> = 0..11_000;

#[derive(Clone)]
pub(super) struct Fate {
    pub(super) name: &'static str,
    /// Until it reaches KakaoPay.
    pub(super) there: Duration,
    /// Until it takes effect.
    pub(super) takes: Duration,
    /// How often it is executed.
    pub(super) times: u32,
    /// How far behind the ledger a lookup is.
    pub(super) lag: Option<SignedDuration>,
    /// Until the answer is back.
    pub(super) back: Duration,
    pub(super) said: Said,
    /// The answer is given before the call takes effect.
    pub(super) early: bool,
    /// It is what it is only as long as no money has moved.
    pub(super) only_unpaid: bool,
    /// Which code it meets, if it does.
    pub(super) code: Option<i32>,
    pub(super) endpoint: Endpoint,
    /// For how long the call could be held up and still be served.
    left: Duration,
}

#[derive(Clone)]
pub(super) enum Said {
    Truth,
    Silence,
    Reset,
    NotSent,
    Instead(Response),
    Damaged(fn(Response) -> Response),
}

impl Fate {
    pub(super) fn draw(world: &World, request: &Request) -> Self {
        let chance = &world.chance;
        let endpoint = request.endpoint;
        let left = match endpoint {
            Endpoint::Approve => world.kakaopay.time_left(&tid(request), world.now()),
            _ => Duration::MAX,
        };
        let mut fate = Self {
            name: "well",
            there: chance.millis(5..80),
            takes: Duration::ZERO,
            times: 1,
            lag: None,
            back: chance.millis(5..80),
            said: Said::Truth,
            early: false,
            only_unpaid: false,
            code: None,
            endpoint,
            left,
        };
        if let Some(outage) = world.weather.outage() {
            world.count(Kind::Fault, fault::DOWN);
            fate.name = fault::DOWN;
            fate.unexecuted(match outage {
                Outage::Refuses => Said::NotSent,
                Outage::Hangs => Said::Silence,
                Outage::Errs => Said::Instead(error(chance)),
                Outage::TurnsAway => Said::Instead(turned_away(chance)),
            });
        } else if world.chaos()
            && let Some((name, strike)) = world.temper.calls.draw(endpoint, chance)
        {
            strike(&mut fate, chance);
            fate.name = name;
            world.count(Kind::Fault, name);
            if let Some(code) = fate.code {
                world.count(Kind::Code, code_at(code, endpoint));
            }
        }
        fate
    }

    pub(super) fn unexecuted(&mut self, said: Said) {
        (self.times, self.said) = (0, said);
    }

    /// A documented code in its place.
    pub(super) fn code(&mut self, chance: &Chance) {
        let (code, answer) = code::instead(chance);
        self.code = Some(code);
        self.unexecuted(Said::Instead(answer));
    }

    /// A documented code, and it takes effect all the same.
    pub(super) fn code_beside(&mut self, chance: &Chance) {
        let (code, answer) = code::beside(self.endpoint, chance);
        self.code = Some(code);
        self.said = Said::Instead(answer);
    }

    /// Somewhere on its way: its sender hears of an error, and it arrives all the same, later than
    /// anybody waits, but within the 15 minutes.
    pub(super) fn held_up(&mut self, chance: &Chance) {
        (self.early, self.said) = (true, Said::Reset);
        self.there = chance.millis(HELD_UP_MS).min(self.left);
        self.takes = chance.millis(EFFECT_MS);
    }

    /// The bank or card company says no: KakaoPay asks it only about what is not paid yet.
    pub(super) fn refused_by_method(&mut self, code: i32, result: &str) {
        self.unexecuted(Said::Instead(refusal(code, Some(result))));
        self.only_unpaid = true;
    }

    /// What becomes of the call now that it has arrived.
    pub(super) fn arrived(self, paid: impl Fn() -> bool) -> Self {
        if !(self.only_unpaid && paid()) {
            return self;
        }
        Self {
            times: 1,
            said: Said::Truth,
            ..self
        }
    }
}

/// The quota is used up.
pub(super) fn turned_away(chance: &Chance) -> Response {
    let mut response = refusal(-429, None);
    response.retry_after = chance
        .is(700)
        .then(|| Duration::from_secs(chance.number(1..40)));
    response
}

/// Something on the way, or KakaoPay itself, is unwell.
pub(super) fn error(chance: &Chance) -> Response {
    match chance.number(0..4) {
        0 => refusal(-500, None),
        1 => refusal(-503, None),
        2 => Response::new(502, "<html>502 Bad Gateway</html>"),
        // Some proxy's, which KakaoPay's own would have a code.
        _ => Response::new(404, json!({ "message": "no Route matched" }).to_string()),
    }
}
