//! Asks the guard before anything behind the tester's door is served.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;

use super::problem;
use crate::line::ConnectionCutter;
use crate::world::World;

pub(super) async fn admit(
    State(world): State<Arc<World>>,
    ConnectInfo(line): ConnectInfo<ConnectionCutter>,
    request: Request,
    next: Next,
) -> Response {
    let guard = &world.settings.guard;
    let asked = if guard.this_machine_only && !line.is_of_this_machine() {
        Err("only this machine may ask here (--lan); open it under http://127.0.0.1")
    } else {
        guard.lets(request.method(), request.uri(), request.headers())
    };
    match asked {
        Ok(()) => next.run(request).await,
        Err(why) => problem(StatusCode::FORBIDDEN, why),
    }
}
