//! What must hold when a browser has come back with a `pg_token`.
//!
//! **Invariant**: the newest token is tried, or kept to be tried, for as long as the payment may be
//! approved: a payer who comes back while a call with somebody else's token is out is not lost.

use axum::body::Body;
use http::{Request, StatusCode};

use crate::world::World;

/// A browser on its way back.
pub(crate) struct Back {
    tid: String,
    token: String,
    /// How many had come back by then.
    returns: u32,
    /// Whether what others had brought by then was in the books.
    others_are_kept: bool,
    restores: u32,
}

impl Back {
    /// Of a request that brings a token, when it has come to a server.
    pub(crate) fn of(world: &World, request: &Request<Body>) -> Option<Self> {
        let way = request.uri().path().strip_prefix("/return/")?;
        let (id, way) = way.split_once('/')?;
        let is_approve = way.starts_with("approve/");
        // What comes last counts.
        let (_, token) = request.uri().query()?.rsplit_once("pg_token=")?;
        if !is_approve || request.method() != http::Method::GET {
            return None;
        }
        let tid = world.record().tids.get(id)?.clone();
        let kept = kept(world, &tid).unwrap_or_default();
        let mut record = world.record();
        let returns = record.seen.returns.entry(tid.clone()).or_default();
        *returns += 1;
        let returns = *returns;
        let serving = record.seen.serving.entry(tid.clone()).or_default();
        let others_are_kept = serving.iter().all(|token| kept.tokens.contains(token));
        serving.push(token.to_owned());
        drop(record);
        Some(Self {
            tid,
            token: token.to_owned(),
            returns,
            others_are_kept,
            restores: world.restores(),
        })
    }

    /// The server has an answer.
    pub(crate) fn answered(self, world: &World, status: StatusCode) {
        let Self { tid, token, .. } = &self;
        let is_newest = {
            let mut record = world.record();
            let serving = record.seen.serving.entry(tid.clone()).or_default();
            if let Some(place) = serving.iter().position(|served| served == token) {
                serving.remove(place);
            }
            record.seen.returns.get(tid) == Some(&self.returns)
        };
        let counts = is_newest && self.others_are_kept && self.restores == world.restores();
        let Some(kept) = kept(world, tid).filter(|_| counts && status == StatusCode::SEE_OTHER)
        else {
            return;
        };
        let is_open = ["authenticated", "approving"].contains(&kept.status.as_str());
        let tried = (tid.clone(), token.clone());
        if is_open && !kept.tokens.contains(token) && !world.record().seen.tried.contains(&tried) {
            let status = kept.status;
            world.violation(format!(
                "{tid} is {status}, and a token with which it was returned to is neither kept nor tried"
            ));
        }
    }
}

#[derive(Default)]
struct Kept {
    status: String,
    tokens: Vec<String>,
}

fn kept(world: &World, tid: &str) -> Option<Kept> {
    let kept = "select status, coalesce(pg_token, ''), coalesce(further_pg_token, '')
        from payments where tid = $1";
    let mut row = world.books.texts(kept, &[tid]).ok()?.pop()?.into_iter();
    Some(Kept {
        status: row.next()?,
        tokens: row.collect(),
    })
}
