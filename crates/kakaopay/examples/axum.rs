//! A whole small shop, with one thing to buy.
//!
//! Start KakaoPay's sandbox (`cargo run -p kakaopay-sandbox --example sandbox`, or `cargo run -p danpay --
//! sandbox`), then `cargo run -p kakaopay --example axum`, and open <http://localhost:3000/buy>.
//! `KAKAOPAY_URL` is the sandbox's address, if it is not <http://localhost:7702>.
//!
//! What a real shop does otherwise: orders are rows of a database, and every change of one is written
//! there before anything else happens. After a restart, `settle` runs for whatever is `Approving`. Buying is
//! a POST, and every order has a number of its own that cannot be guessed. A refund is a task of its own as
//! well: the page `kakaopay::settling` says what to write down before it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::Redirect,
    routing::get,
};
use kakaopay::{
    ApproveRequest, Device, ErrorClass, KakaoPay, OrderRequest, OrderResponse, PgToken, Proof,
    ReadyRequest, RedirectUrls, Tid,
};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

const PRICE: u64 = 2_200;
/// A payment can be approved for 15 minutes after ready.
const LIVES: Duration = Duration::from_secs(15 * 60);

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let sandbox = std::env::var("KAKAOPAY_URL");
    let sandbox = sandbox.unwrap_or_else(|_| "http://localhost:7702".to_owned());
    let kakaopay = KakaoPay::builder("DEV0123456789ABCDEF0123456789ABCDEF01234")
        .base_url(sandbox)
        .build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, shop(kakaopay, "http://localhost:3000")).await?;
    Ok(())
}

/// The shop, which payers reach at `url`.
pub(crate) fn shop(kakaopay: KakaoPay, url: impl Into<String>) -> Router {
    let shop = Shop {
        kakaopay,
        url: url.into(),
        last_id: AtomicU64::new(0),
        orders: Mutex::default(),
    };
    Router::new()
        .route("/buy", get(buy))
        .route("/pay/approve", get(came_back))
        .route("/pay/end", get(came_back_unpaid))
        .route("/orders/{id}", get(show))
        .with_state(Arc::new(shop))
}

struct Shop {
    kakaopay: KakaoPay,
    url: String,
    /// Of the last order. Two payers who buy at once get two.
    last_id: AtomicU64,
    orders: Mutex<HashMap<String, Order>>,
}

struct Order {
    tid: Tid,
    request: ReadyRequest,
    expires_at: Instant,
    /// Of the last call to approve.
    called_at: Option<Instant>,
    status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Status {
    /// May be paid.
    Ready,
    /// KakaoPay was, or is, asked for the money. Nobody else may ask.
    Approving,
    Paid,
    NotPaid,
    /// KakaoPay says something that a program should not decide on.
    AskAPerson,
}

impl Shop {
    fn orders(&self) -> MutexGuard<'_, HashMap<String, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, id: &str, status: Status) {
        if let Some(order) = self.orders().get_mut(id) {
            order.status = status;
        }
    }

    /// The request that takes the money, for one caller alone: a reload or a second tab gets none.
    fn claim(&self, id: &str, token: PgToken) -> Option<ApproveRequest> {
        let mut orders = self.orders();
        let order = orders.get_mut(id).filter(|it| it.status == Status::Ready)?;
        order.status = Status::Approving;
        order.called_at = Some(Instant::now());
        Some(order.request.approve(order.tid.clone(), token))
    }
}

/// 1. Announce the payment, store its TID, send the payer to KakaoPay.
async fn buy(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Result<Redirect, StatusCode> {
    let number = shop.last_id.fetch_add(1, Ordering::Relaxed) + 1;
    let id = format!("order-{number}");
    let url = &shop.url;
    let ready = async {
        let urls = RedirectUrls::new(
            format!("{url}/pay/approve?order={id}"),
            format!("{url}/pay/end?order={id}"),
            format!("{url}/pay/end?order={id}"),
        )?;
        let (order, user) = (id.parse()?, "member-77".parse()?);
        let request = ReadyRequest::new(order, user, "초코파이".parse()?, PRICE, urls);
        let answer = shop.kakaopay.ready(&request).await?;
        Ok::<_, kakaopay::Error>((request, answer))
    };
    // Nothing is paid, whatever went wrong: the payer may try again.
    let (request, answer) = ready.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let device = Device::from_user_agent(agent.unwrap_or_default(), None, &[]);
    let page = shop.kakaopay.payer_address(answer.redirect_url(device));
    // Raise an alarm here: somebody else answers in KakaoPay's place.
    let page = page.ok_or(StatusCode::BAD_GATEWAY)?;
    let order = Order {
        tid: answer.tid,
        request,
        expires_at: Instant::now() + LIVES,
        called_at: None,
        status: Status::Ready,
    };
    shop.orders().insert(id, order);
    Ok(Redirect::to(&page))
}

#[derive(Deserialize)]
struct Return {
    order: String,
    pg_token: Option<String>,
}

/// 2. The payer is back with a token: take the money, once, whatever becomes of the browser.
async fn came_back(
    State(shop): State<Arc<Shop>>,
    Query(back): Query<Return>,
) -> Result<Redirect, StatusCode> {
    let token = back.pg_token.unwrap_or_default();
    let token = PgToken::try_from(token).map_err(|_| StatusCode::BAD_REQUEST)?;
    if let Some(request) = shop.claim(&back.order, token) {
        // This handler is dropped when the browser goes away. The task is not.
        let task = tokio::spawn(approve(Arc::clone(&shop), back.order.clone(), request));
        if task.await.is_err() {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
    Ok(to(&back.order))
}

async fn approve(shop: Arc<Shop>, id: String, request: ApproveRequest) {
    let status = match shop.kakaopay.approve(&request).await {
        Ok(_paid_as_asked) => Status::Paid,
        Err(error) => match (error.proof(), error.class()) {
            // This call did nothing, and the payer may load the page again. Of those that KakaoPay has
            // refused: the token is not the payer's, for anyone can come with one of his own.
            (Proof::NotExecuted | Proof::Setup, _)
            | (Proof::Refused, Some(ErrorClass::Request | ErrorClass::NotYet)) => Status::Ready,
            (Proof::Refused, _) => Status::NotPaid,
            // The money may have moved. The payer's page need not wait until that is known.
            _ => {
                tokio::spawn(settle(shop, id));
                return;
            }
        },
    };
    shop.set(&id, status);
}

/// 3. After an unknown outcome: look the order up until it is final.
async fn settle(shop: Arc<Shop>, id: String) {
    for pause_s in [0, 2, 4, 8, 16, 30]
        .into_iter()
        .chain(std::iter::repeat(300))
    {
        sleep(Duration::from_secs(pause_s)).await;
        let Some(tid) = shop.orders().get(&id).map(|order| order.tid.clone()) else {
            return;
        };
        let asked_at = Instant::now();
        // An error only means that nothing was learnt.
        let Ok(answer) = shop.kakaopay.order(&OrderRequest::new(tid)).await else {
            continue;
        };
        let settled = shop
            .orders()
            .get(&id)
            .and_then(|order| settled(order, &answer, asked_at, shop.kakaopay.call_may_last()));
        if let Some(status) = settled {
            return shop.set(&id, status);
        }
    }
}

/// The table of the page `kakaopay::settling`. The answer may be older than it looks: what counts is when
/// it was asked for.
fn settled(
    order: &Order,
    answer: &OrderResponse,
    asked_at: Instant,
    call_may_last: Duration,
) -> Option<Status> {
    let is_quiet = order
        .called_at
        .is_none_or(|at| asked_at.saturating_duration_since(at) >= call_may_last);
    let is_expired = asked_at >= order.expires_at;
    if answer.is_paid_in_full(PRICE) {
        Some(Status::Paid)
    } else if answer.status.was_approved() {
        Some(Status::AskAPerson)
    } else if !is_quiet {
        None
    } else if answer.status.ended_unpaid() || (answer.status.is_open() && is_expired) {
        Some(Status::NotPaid)
    } else if answer.status.is_open() {
        // The call did nothing and no longer will. The payer may load the page again.
        Some(Status::Ready)
    } else {
        None
    }
}

/// Anyone can call this address, so it only causes a lookup.
async fn came_back_unpaid(
    State(shop): State<Arc<Shop>>,
    Query(back): Query<Return>,
) -> Result<Redirect, StatusCode> {
    let tid = {
        let orders = shop.orders();
        let order = orders.get(&back.order).ok_or(StatusCode::NOT_FOUND)?;
        Some(order.tid.clone()).filter(|_| order.status == Status::Ready)
    };
    let asked_at = Instant::now();
    if let Some(tid) = tid
        && let Ok(answer) = shop.kakaopay.order(&OrderRequest::new(tid)).await
        && let Some(order) = shop.orders().get_mut(&back.order)
        // It may have been claimed meanwhile: then `settle` or the claim decides.
        && order.status == Status::Ready
        && let Some(status) = settled(order, &answer, asked_at, shop.kakaopay.call_may_last())
    {
        order.status = status;
    }
    Ok(to(&back.order))
}

fn to(id: &str) -> Redirect {
    Redirect::to(&format!("/orders/{id}"))
}

async fn show(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
) -> Result<&'static str, StatusCode> {
    let status = shop.orders().get(&id).map(|order| order.status);
    Ok(match status.ok_or(StatusCode::NOT_FOUND)? {
        Status::Ready => "Not paid yet. (아직 결제되지 않았습니다.)",
        Status::Approving => "Being checked: do not pay again. (확인 중이니 다시 결제하지 마세요.)",
        Status::Paid => "Paid, thank you. (결제되었습니다.)",
        Status::NotPaid => "Not paid. (결제되지 않았습니다.)",
        Status::AskAPerson => "Somebody will look into it. (담당자가 확인합니다.)",
    })
}
