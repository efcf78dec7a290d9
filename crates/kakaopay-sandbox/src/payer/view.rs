//! What each page shows.
//! Invariant: a page carries no token unless a tester asked for the address to open elsewhere.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;

use super::app::App;
use super::asked::{Asked, Via};
use super::assets::{css_url, js_url};
use super::people::{PEOPLE, Person, with_hyphens};
use super::qr::{is_of_this_machine, qr_code};
use super::script::{Script, scripts};
use super::show::show;
use super::won::with_commas;
use crate::ledger::{Card, Method, Outcome, Payment, PaymentStatus, Standing, WRONG_PASSWORDS_MAX};

/// What every page of a payment shows.
pub(super) struct Bill {
    css: String,
    js: String,
    item_name: String,
    quantity: u64,
    amount: String,
    order_id: String,
    remaining_s: i64,
    remaining: String,
    /// `/pay/mockup/{page}`; the payer's moves are below it.
    base: String,
    /// `?via=qr` on a phone that came by the PC page's QR code.
    via: &'static str,
    /// Where an open page goes when the payment is closed meanwhile.
    after: String,
    /// How soon a page without script looks again.
    look_again_s: i64,
}

#[derive(Template)]
#[template(path = "pc.html")]
pub(super) struct PcPage {
    bill: Bill,
    qr: String,
    mobile_url: String,
    /// Whether no phone can open that address.
    only_here: bool,
    /// This page with its QR code, and with its message.
    ways: [String; 2],
    by_message: bool,
    /// The number that the message went to.
    sent_to: Option<String>,
    wrong: String,
    people: &'static [Person],
}

#[derive(Template)]
#[template(path = "bridge.html")]
pub(super) struct BridgePage {
    bill: Bill,
    app_scheme: String,
    intent: String,
    in_app: bool,
    /// The address that an app is sent to without being asked.
    fires: Option<String>,
}

#[derive(Template)]
#[template(path = "choose.html")]
pub(super) struct ChoosePage {
    pub(super) bill: Bill,
    pub(super) money: bool,
    pub(super) cards: Vec<&'static Card>,
    /// Why there is no card, if there is none.
    by_months: bool,
    tools: Tools,
}

/// The tester's part of a page.
struct Tools {
    outcome: Outcome,
    outcomes: [Outcome; 6],
    scripts: &'static [Script],
}

#[derive(Template)]
#[template(path = "authenticate.html")]
pub(super) struct AuthenticatePage {
    pub(super) bill: Bill,
    pub(super) method_ko: &'static str,
    pub(super) method_en: &'static str,
    pub(super) install_month: u8,
    wrong_passwords: u8,
    wrong_passwords_max: u8,
    tools: Tools,
}

#[derive(Template)]
#[template(path = "closed.html")]
pub(super) struct ClosedPage {
    bill: Bill,
    standing: Standing,
    status: PaymentStatus,
    /// Where the button leads, if the payer has somewhere to go.
    onward: Option<String>,
    /// Where another browser is to come back, when a tester wants that.
    elsewhere: Option<String>,
    stays_away: bool,
}

#[derive(Template)]
#[template(path = "unknown.html")]
pub(super) struct UnknownPage {
    css: String,
}

/// Which page asks, as each waits in its own way.
#[derive(Clone, Copy)]
pub(super) enum Waits {
    /// Another device may finish the payment while this page is open.
    ForOthers,
    /// Only the time can end it.
    ForThePayer,
}

impl Bill {
    pub(super) fn new(payment: &Payment, now: Timestamp, via: Via, waits: Waits) -> Self {
        let base = format!("/pay/mockup/{}", payment.page);
        let remaining_s = payment.remaining(now).as_secs();
        let (after, look_again_s) = match (via, waits) {
            (Via::Qr, _) => (format!("{base}?via=qr"), remaining_s + 1),
            (Via::Here, Waits::ForOthers) => (format!("{base}/onward?page=pc"), 5),
            (Via::Here, Waits::ForThePayer) => (format!("{base}/onward"), remaining_s + 1),
        };
        Self {
            css: css_url(),
            js: js_url(),
            item_name: payment.order.item_name.clone(),
            quantity: payment.order.quantity,
            amount: with_commas(payment.order.amount.total),
            order_id: payment.order.partner_order_id.clone(),
            remaining_s,
            remaining: format!("{:02}:{:02}", remaining_s / 60, remaining_s % 60),
            base,
            via: via.query(),
            after,
            look_again_s,
        }
    }
}

impl PcPage {
    pub(super) fn new(payment: &Payment, now: Timestamp, public_url: &str, asked: &Asked) -> Self {
        let page = &payment.page;
        let here = format!("/mockup/bridge/pc/pg/one-time/payment/{page}");
        let mobile_url =
            format!("{public_url}/mockup/bridge/mobile-web/pg/one-time/payment/{page}?via=qr");
        let by_message = match asked.way.as_deref() {
            Some(way) => way == "message",
            None => payment.message.is_some(),
        };
        let message = payment.message.as_ref().filter(|_| asked.change.is_none());
        let sent_to = message.map(|message| with_hyphens(&message.phone));
        // Who types a number must not lose it to a refresh.
        let waits = if by_message && sent_to.is_none() {
            Waits::ForThePayer
        } else {
            Waits::ForOthers
        };
        Self {
            bill: Bill {
                after: format!("/pay/mockup/{page}/onward?page=pc"),
                ..Bill::new(payment, now, Via::Here, waits)
            },
            only_here: is_of_this_machine(public_url),
            qr: qr_code(&mobile_url),
            mobile_url,
            ways: [format!("{here}?way=qr"), format!("{here}?way=message")],
            by_message,
            sent_to,
            wrong: asked.wrong.clone().unwrap_or_default(),
            people: &PEOPLE,
        }
    }
}

impl BridgePage {
    /// `app` is there on the page that is meant for apps.
    pub(super) fn new(bill: Bill, public_url: &str, page: &str, app: Option<App>) -> Self {
        let app_scheme = format!("kakaotalk://kakaopay/pg?url={public_url}/pay/mockup/{page}");
        let intent = format!(
            "intent://kakaopay/pg?url={public_url}/pay/mockup/{page}\
             #Intent;scheme=kakaotalk;package=com.kakao.talk;end"
        );
        let fires = match app {
            Some(App::Android) => Some(intent.clone()),
            Some(App::Ios) => Some(app_scheme.clone()),
            Some(App::None) | None => None,
        };
        Self {
            bill,
            app_scheme,
            intent,
            in_app: app.is_some(),
            fires,
        }
    }
}

impl ClosedPage {
    pub(super) fn new(
        payment: &Payment,
        now: Timestamp,
        asked: &Asked,
        onward: Option<String>,
    ) -> Self {
        let ended = asked.ended.as_deref();
        let leads_to = payment.leads_to(now);
        Self {
            bill: Bill::new(payment, now, asked.via(), Waits::ForThePayer),
            standing: payment.standing(now),
            status: payment.status(),
            onward,
            elsewhere: leads_to
                .filter(|_| ended == Some("elsewhere"))
                .map(String::from),
            stays_away: ended == Some("away"),
        }
    }
}

impl Tools {
    fn new(payment: &Payment) -> Self {
        Self {
            outcome: payment.outcome,
            outcomes: Outcome::ALL,
            scripts: scripts(),
        }
    }
}

impl Outcome {
    fn in_korean(self) -> &'static str {
        match self {
            Self::Pays => "결제됩니다",
            Self::ShortOfBalance => "잔액이 모자랍니다",
            Self::CardRefused => "카드가 거절됩니다",
            Self::Locked => "다른 결제가 진행 중입니다",
            Self::BankUnknown => "은행 응답이 사라집니다",
            Self::WrongPassword => "비밀번호를 틀립니다",
        }
    }

    fn in_english(self) -> &'static str {
        match self {
            Self::Pays => "Is paid",
            Self::ShortOfBalance => "Short of balance: approve -780",
            Self::CardRefused => "Card refused: approve -780",
            Self::Locked => "Locked by another payment: first approve -780",
            Self::BankUnknown => "Bank's answer lost: approve -780, yet paid",
            Self::WrongPassword => "Wrong password, five times",
        }
    }
}

impl ChoosePage {
    pub(super) fn new(bill: Bill, payment: &Payment) -> Self {
        let order = &payment.order;
        Self {
            bill,
            money: order.offers(Method::Money),
            cards: order.cards().collect(),
            by_months: order.months_leave_no_card(),
            tools: Tools::new(payment),
        }
    }
}

impl AuthenticatePage {
    pub(super) fn new(bill: Bill, payment: &Payment, method: Method) -> Self {
        let (method_ko, method_en) = match method {
            Method::Money => ("카카오페이머니", "KakaoPay Money"),
            Method::Card(card) => (card.name_ko, card.name_en),
        };
        Self {
            bill,
            method_ko,
            method_en,
            install_month: payment.order.install_month,
            wrong_passwords: payment.wrong_passwords,
            wrong_passwords_max: WRONG_PASSWORDS_MAX,
            tools: Tools::new(payment),
        }
    }
}

pub(crate) fn unknown() -> Response {
    (StatusCode::NOT_FOUND, show(&UnknownPage { css: css_url() })).into_response()
}
