//! The payer's door: pages for PC, phone and app, where a person picks a method and authenticates.
//! Plain forms, each answered with 303; a script only ticks the clock and looks for changes.
//! Invariant: the ledger decides every move; a page only shows what it says.

mod app;
mod asked;
mod assets;
mod people;
mod qr;
mod script;
mod show;
mod tester;
mod view;
mod visit;
mod way_back;
mod won;

use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::app::App;
use self::asked::{Asked, Via};
pub(crate) use self::assets::{css_url, desk_css_url, desk_js_url};
pub(crate) use self::people::with_hyphens;
pub use self::script::{PlayError, SCRIPTS};
pub(crate) use self::script::{Script, play, scripts};
pub(crate) use self::show::show;
pub(crate) use self::view::unknown;
use self::view::{AuthenticatePage, Bill, BridgePage, ChoosePage, ClosedPage, PcPage, Waits};
use self::visit::visit;
pub(crate) use self::visit::{Trail, follow};
use self::way_back::way_back;
pub(crate) use self::won::with_commas;
use crate::ledger::{Method, Payment, Standing, State as Stage, Stuck};
use crate::world::{Books, World};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/mockup/bridge/{device}/pg/one-time/payment/{page}",
            get(bridge),
        )
        .route(
            "/mockup/bridge/{device}/pg/subscription/payment-issue/{page}",
            get(bridge),
        )
        .route("/pay/mockup/{page}", get(pay))
        .route("/pay/mockup/{page}/method", post(choose))
        .route("/pay/mockup/{page}/authenticate", post(authenticate))
        .route("/pay/mockup/{page}/quit", post(quit))
        .route("/pay/mockup/{page}/message", post(tester::message))
        .route("/pay/mockup/{page}/outcome", post(tester::lead))
        .route("/pay/mockup/{page}/play", post(tester::hurry))
        .route("/pay/mockup/{page}/onward", get(onward))
        .route("/pay/mockup/{page}/status", get(status))
        .route("/pay/assets/{name}", get(assets::asset))
        .route("/favicon.ico", get(assets::icon))
}

async fn bridge(
    State(world): State<Arc<World>>,
    Path((device, page)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let via = asked.via();
    let found = after(&world, &page, |books, now| match via {
        Via::Qr => books.ledger.use_message(&page, now),
        Via::Here => Ok(()),
    });
    let Some((payment, now)) = found else {
        return view::unknown();
    };
    if payment.standing(now) != Standing::Open {
        return closed(&world, &payment, now, &asked).await;
    }
    let public_url = &world.settings.public_url;
    match device.as_str() {
        "pc" => show(&PcPage::new(&payment, now, public_url, &asked)),
        "mobile-web" | "mobile-app" => {
            let bill = Bill::new(&payment, now, via, Waits::ForThePayer);
            let app = (device == "mobile-app").then(|| App::of(&headers));
            show(&BridgePage::new(bill, public_url, &page, app))
        }
        _ => view::unknown(),
    }
}

async fn pay(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let via = asked.via();
    let found = after(&world, &page, |books, now| books.ledger.open(&page, now));
    let Some((payment, now)) = found else {
        return view::unknown();
    };
    world.journal().stir();
    // A tester whose payer closed the window sees that instead of the page.
    let window_closed = asked.ended.as_deref() == Some("away");
    if window_closed || payment.standing(now) != Standing::Open {
        return closed(&world, &payment, now, &asked).await;
    }
    let bill = Bill::new(&payment, now, via, Waits::ForThePayer);
    match &payment.state {
        Stage::Selected { method } if asked.change.is_none() => {
            show(&AuthenticatePage::new(bill, &payment, *method))
        }
        _ => show(&ChoosePage::new(bill, &payment)),
    }
}

#[derive(Deserialize)]
struct Choice {
    method: String,
}

async fn choose(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
    Form(choice): Form<Choice>,
) -> Response {
    moved(&world, &page, asked.via(), |books, now| {
        let method = Method::named(&choice.method).ok_or(Stuck::MethodNotOffered)?;
        books.ledger.choose(&page, method, now)
    })
    .await
}

async fn authenticate(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    moved(&world, &page, asked.via(), |books, now| {
        books.ledger.authenticate(&page, now, &mut books.dice)
    })
    .await
}

async fn quit(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    moved(&world, &page, asked.via(), |books, now| {
        books.ledger.quit(&page, now)
    })
    .await
}

/// Sends the payer where the payment leads, or back to the page that waits.
async fn onward(
    State(world): State<Arc<World>>,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some((payment, now)) = after(&world, &page, |_, _| Ok(())) else {
        return view::unknown();
    };
    match payment.leads_to(now) {
        Some(_) => back(&world, &payment, now).await,
        None if asked.page.as_deref() == Some("pc") => {
            see_other(&format!("/mockup/bridge/pc/pg/one-time/payment/{page}"))
        }
        None => see_other(&format!("/pay/mockup/{page}")),
    }
}

#[derive(Serialize)]
struct Status {
    open: bool,
    remaining_s: i64,
}

async fn status(State(world): State<Arc<World>>, Path(page): Path<String>) -> Response {
    let Some((payment, now)) = after(&world, &page, |_, _| Ok(())) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let open = payment.standing(now) == Standing::Open;
    let status = Status {
        open,
        remaining_s: payment.remaining(now).as_secs(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(status)).into_response()
}

/// Makes a move and tells how the payment stands then. A move that is not possible (sent twice, or
/// too late) changes nothing, and the payer sees how things are. Pages are made from the copy, so
/// that nobody waits for them.
fn after(
    world: &World,
    page: &str,
    step: impl FnOnce(&mut Books, Timestamp) -> Result<(), Stuck>,
) -> Option<(Payment, Timestamp)> {
    world.books(|books, now| {
        let _ = step(books, now);
        books
            .ledger
            .by_page(page)
            .cloned()
            .map(|payment| (payment, now))
    })
}

/// Makes a move and sends the payer on.
async fn moved(
    world: &World,
    page: &str,
    via: Via,
    step: impl FnOnce(&mut Books, Timestamp) -> Result<(), Stuck>,
) -> Response {
    let Some((payment, now)) = after(world, page, step) else {
        return view::unknown();
    };
    world.journal().stir();
    match payment.leads_to(now) {
        // The phone stays where it is: the PC page is the one that goes on.
        Some(_) if via == Via::Here => back(world, &payment, now).await,
        _ => see_other(&format!("/pay/mockup/{page}{}", via.query())),
    }
}

/// A payment with nothing left to do here. An authenticated payer who comes back goes on, unless a
/// tester let the browser end otherwise.
async fn closed(world: &World, payment: &Payment, now: Timestamp, asked: &Asked) -> Response {
    let via = asked.via();
    let standing = payment.standing(now);
    let here = via == Via::Here;
    let goes_on = here && asked.ended.is_none() && standing == Standing::Authenticated;
    let leads_to = payment.leads_to(now).filter(|_| here);
    match leads_to {
        Some(_) if goes_on => back(world, payment, now).await,
        leads_to => {
            let onward = leads_to
                .filter(|_| standing != Standing::Authenticated)
                .map(|_| format!("/pay/mockup/{}/onward", payment.page));
            show(&ClosedPage::new(payment, now, asked, onward))
        }
    }
}

/// Sends the payer back to the shop. Where a fault makes the browser ask for more than one
/// address, the sandbox asks for all but the last in its place.
async fn back(world: &World, payment: &Payment, now: Timestamp) -> Response {
    let mut addresses = way_back(world, payment, now);
    let Some(last) = addresses.pop() else {
        return view::unknown();
    };
    for address in addresses {
        // A browser does not mind what became of the address before either.
        let _ = visit(&address).await;
    }
    see_other(last.as_str())
}

/// 303, kept by no cache and telling nobody where the payer came from.
fn see_other(to: &str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Redirect::to(to)).into_response()
}
