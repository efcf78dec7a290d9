//! Whether the process lives, and whether it can take payments.
//!
//! **Invariant**: "ready" is said only after something was written and is durable.

use axum::extract::State;
use http::StatusCode;
use jiff::SignedDuration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::alerts::AlertKind;
use crate::app::App;
use crate::flow::{Flow, Late};
use crate::limits;
use crate::store::server::Probe;

pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Ready when the database can be written and nobody has asked it to stop.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, String) {
    let unavailable = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"));
    if app.draining.is_cancelled() {
        return unavailable("stopping");
    }
    if !app.readiness.can_write(&app.flow).await {
        return unavailable("the database is not available");
    }
    let clocks = app.skew.ahead().map(clocks_differ).unwrap_or_default();
    let late = app
        .flow
        .waiting
        .late()
        .map(lookups_late)
        .unwrap_or_default();
    (StatusCode::OK, format!("ok\n{clocks}{late}"))
}

/// Payments are taken all the same.
fn lookups_late(Late { payments, takes }: Late) -> String {
    let minutes = takes.as_secs().div_ceil(60);
    format!(
        "{payments} payments wait until KakaoPay is asked how they stand: about {minutes} min\n\
         결제 {payments}건이 카카오페이 상태 조회를 기다리고 있습니다. 약 {minutes}분 걸립니다\n"
    )
}

/// Payments are taken all the same, by our clock.
fn clocks_differ(ahead: SignedDuration) -> String {
    let seconds = ahead.as_secs().abs();
    let (word, word_ko) = if ahead.is_positive() {
        ("ahead of", "빠릅니다")
    } else {
        ("behind", "느립니다")
    };
    format!(
        "KakaoPay's clock is {seconds} s {word} this server's: see that the time of this machine is right\n\
         카카오페이의 시계가 이 서버보다 {seconds}초 {word_ko}. 서버의 시각을 확인해 주세요\n"
    )
}

/// What the last probe of the database has shown.
pub(crate) struct Readiness {
    server: [u8; 16],
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Of the server that is known by this, which is chance.
    pub(crate) fn new(server: [u8; 16]) -> Self {
        Self {
            server,
            last: Mutex::default(),
        }
    }

    /// Whether the database can be written. However many ask at once, one probe answers all; a yes holds for
    /// a moment, and a no is asked anew.
    async fn can_write(&self, flow: &Flow) -> bool {
        let came = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((at, can)) = *last
            && (at >= came || can && at.elapsed() < limits::PROBE_LASTS)
        {
            return can;
        }
        let probe = Probe {
            server: self.server,
            at: flow.clock.now(),
        };
        let can = match timeout(limits::PROBE_WAITS, flow.store.ask(probe)).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(alert = error.alert(), %error, "the database cannot be written");
                false
            }
            Err(_) => {
                let alert = AlertKind::Database.as_str();
                tracing::error!(alert, "the database was not written in time");
                false
            }
        };
        *last = Some((Instant::now(), can));
        can
    }
}
