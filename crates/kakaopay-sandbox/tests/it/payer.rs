//! The payer's pages, walked as a browser without JavaScript would: links, forms and redirects.

use std::time::Duration;

use kakaopay_sandbox::PlayError;
use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, pg_token, text};

/// A payer's browser on one payment.
struct Browser<'a> {
    shop: &'a Shop,
    ready: Value,
    tid: String,
}

impl<'a> Browser<'a> {
    async fn on(shop: &'a Shop, changes: Value) -> Self {
        let ready = shop.ready_with(changes).await;
        let tid = text(&ready["tid"]);
        Self { shop, ready, tid }
    }

    async fn open(&self, device: &str) -> String {
        let url = text(&self.ready[format!("next_redirect_{device}_url")]);
        self.page(&url).await
    }

    async fn page(&self, url: &str) -> String {
        let response = self.shop.get(&self.absolute(url)).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        assert_safe(&response);
        response.text().await.unwrap()
    }

    /// Follows a redirect within the sandbox, or tells the address outside it.
    async fn submit(&self, action: &str, form: &str) -> String {
        let call = self
            .shop
            .http
            .post(self.absolute(action))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        location(&call.send().await.unwrap())
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') {
            self.shop.at(url)
        } else {
            url.to_owned()
        }
    }

    fn status(&self) -> &'static str {
        self.shop.record(&self.tid).status.as_str()
    }
}

fn assert_safe(response: &Response) {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    let policy = header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
}

fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["cache-control"], "no-store");
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The value of `attribute` in the tag that carries this test id.
fn attribute(html: &str, test_id: &str, attribute: &str) -> String {
    let mark = format!("data-testid=\"{test_id}\"");
    let at = html
        .find(&mark)
        .unwrap_or_else(|| panic!("no {test_id} in {html}"));
    let start = html[..at].rfind('<').unwrap();
    let tag = &html[start..start + html[start..].find('>').unwrap()];
    let (_, after) = tag.split_once(&format!("{attribute}=\"")).unwrap();
    after.split('"').next().unwrap().replace("&amp;", "&")
}

/// Where the form around this test id is sent.
fn form_action(html: &str, test_id: &str) -> String {
    let at = html.find(&format!("data-testid=\"{test_id}\"")).unwrap();
    let start = html[..at].rfind("<form").unwrap();
    let (_, after) = html[start..at].split_once("action=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_payer_on_a_phone_picks_a_card_authenticates_and_returns_to_the_shop() {
    let shop = Shop::open().await;
    let browser = Browser::on(
        &shop,
        json!({ "approval_url": "https://shop.example/a?order=1" }),
    )
    .await;
    let html = browser.open("mobile").await;
    assert_eq!(browser.status(), "READY");

    let html = browser
        .page(&attribute(&html, "continue-here", "href"))
        .await;
    assert!(html.contains("초코파이") && html.contains("2,200원"));
    assert_eq!(browser.status(), "OPEN_PAYMENT");

    let to = browser
        .submit(&form_action(&html, "pay-card-shinhan"), "method=shinhan")
        .await;
    assert_eq!(browser.status(), "SELECT_METHOD");
    let html = browser.page(&to).await;
    assert!(html.contains("신한"));

    let to = browser
        .submit(&form_action(&html, "authenticate"), "")
        .await;
    assert_eq!(browser.status(), "AUTH_PASSWORD");
    assert!(
        to.starts_with("https://shop.example/a?order=1&pg_token="),
        "{to}"
    );

    let (_, body) = shop
        .call("approve", &approve(&browser.tid, &pg_token(&to), json!({})))
        .await;
    assert_eq!(body["payment_method_type"], "CARD");
    let html = browser.open("mobile").await;
    assert!(html.contains("closed-paid") && !html.contains("return-to-shop"));
}

#[tokio::test]
async fn a_payer_at_a_pc_pays_on_the_phone_and_the_pc_page_goes_on_by_itself() {
    let shop = Shop::open().await;
    let pc = Browser::on(&shop, json!({})).await;
    let html = pc.open("pc").await;
    assert!(html.contains("<svg"), "there is a QR code");
    let waiting = attribute(&html, "countdown", "data-after");
    assert!(location(&shop.get(&shop.at(&waiting)).await).contains("/bridge/pc/"));

    // The phone reads the code.
    let html = pc.page(&attribute(&html, "qr", "href")).await;
    assert_eq!(pc.status(), "SEND_TMS");
    let html = pc.page(&attribute(&html, "continue-here", "href")).await;
    let to = pc
        .submit(&form_action(&html, "pay-money"), "method=money")
        .await;
    let html = pc.page(&to).await;
    let to = pc.submit(&form_action(&html, "authenticate"), "").await;
    let html = pc.page(&to).await;
    assert!(
        html.contains("closed-authenticated"),
        "the phone stays where it is"
    );
    assert!(!html.contains("pg_token"));

    let to = location(&shop.get(&shop.at(&waiting)).await);
    let (_, body) = shop
        .call("approve", &approve(&pc.tid, &pg_token(&to), json!({})))
        .await;
    assert_eq!(body["payment_method_type"], "MONEY");
}

#[tokio::test]
async fn a_payer_at_a_pc_can_pay_there_and_change_the_method_first() {
    let shop = Shop::open().await;
    let pc = Browser::on(&shop, json!({})).await;
    let html = pc.open("pc").await;
    let html = pc
        .page(&attribute(&html, "pay-on-this-device", "href"))
        .await;
    let to = pc
        .submit(&form_action(&html, "pay-money"), "method=money")
        .await;
    let html = pc.page(&to).await;
    let html = pc.page(&attribute(&html, "change-method", "href")).await;
    let to = pc
        .submit(&form_action(&html, "pay-card-suhyup"), "method=suhyup")
        .await;
    let html = pc.page(&to).await;
    assert!(html.contains("수협은행"));
    let to = pc.submit(&form_action(&html, "authenticate"), "").await;
    let (_, body) = shop
        .call("approve", &approve(&pc.tid, &pg_token(&to), json!({})))
        .await;
    assert_eq!(body["card_info"]["kakaopay_issuer_corp_code"], "212");
}

#[tokio::test]
async fn a_payer_in_an_app_is_shown_the_address_that_opens_it() {
    let shop = Shop::open().await;
    let app = Browser::on(&shop, json!({})).await;
    let html = app.open("app").await;
    let scheme = attribute(&html, "app-scheme", "href");
    assert_eq!(scheme, text(&app.ready["ios_app_scheme"]));
    assert_eq!(scheme, text(&app.ready["android_app_scheme"]));
    let (_, pay_page) = scheme.split_once("kakaotalk://kakaopay/pg?url=").unwrap();
    assert!(app.page(pay_page).await.contains("pay-money"));
}

#[tokio::test]
async fn a_payer_who_gives_up_is_sent_to_the_cancel_url_as_it_is() {
    let shop = Shop::open().await;
    let url = "https://shop.example/cancel?order=1";
    let browser = Browser::on(&shop, json!({ "cancel_url": url })).await;
    let html = browser.open("pc").await;
    assert_eq!(browser.submit(&form_action(&html, "quit"), "").await, url);
    assert_eq!(browser.status(), "QUIT_PAYMENT");
    let html = browser.open("pc").await;
    assert!(html.contains("closed-quit"));
    let onward = attribute(&html, "return-to-shop", "href");
    assert_eq!(location(&shop.get(&shop.at(&onward)).await), url);
}

#[tokio::test]
async fn a_payer_who_takes_too_long_is_sent_to_the_fail_url_as_it_is() {
    let shop = Shop::open().await;
    let browser = Browser::on(&shop, json!({})).await;
    let html = browser.open("mobile").await;
    let html = browser
        .page(&attribute(&html, "continue-here", "href"))
        .await;
    let waiting = attribute(&html, "countdown", "data-after");
    shop.sandbox.advance_clock(Duration::from_mins(15));

    let status = shop
        .get(&shop.at(&attribute(&html, "countdown", "data-status")))
        .await;
    let status: Value = status.json().await.unwrap();
    assert_eq!(status, json!({ "open": false, "remaining_s": 0 }));
    let fail = "https://shop.example/fail";
    assert_eq!(location(&shop.get(&shop.at(&waiting)).await), fail);
    let choosing = form_action(&html, "pay-money");
    assert_eq!(browser.submit(&choosing, "method=money").await, fail);
    assert!(browser.open("mobile").await.contains("closed-expired"));
    assert_eq!(browser.status(), "OPEN_PAYMENT");
}

#[tokio::test]
async fn an_apps_own_scheme_gets_its_token_too() {
    let shop = Shop::open().await;
    let tid = text(
        &shop
            .ready_with(json!({ "approval_url": "myshop://payment/approve" }))
            .await["tid"],
    );
    let to = shop.sandbox.play(&tid, "pays_by_card").unwrap();
    assert!(to.starts_with("myshop://payment/approve?pg_token="), "{to}");
}

#[tokio::test]
async fn the_page_offers_only_what_the_merchant_allows() {
    let shop = Shop::open().await;
    let browser = Browser::on(&shop, json!({ "payment_method_type": "CARD" })).await;
    let html = browser.open("mobile").await;
    let html = browser
        .page(&attribute(&html, "continue-here", "href"))
        .await;
    assert!(html.contains("pay-card-shinhan") && !html.contains("pay-money"));
    let back = browser
        .submit(&form_action(&html, "pay-card-shinhan"), "method=money")
        .await;
    assert!(browser.page(&back).await.contains("pay-card-shinhan"));
    assert_eq!(browser.status(), "OPEN_PAYMENT");
    let played = shop.sandbox.play(&browser.tid, "pays_by_money");
    assert_eq!(played, Err(PlayError::MethodNotOffered));
}

#[tokio::test]
async fn what_a_merchant_writes_stays_text_on_the_page() {
    let shop = Shop::open().await;
    let browser = Browser::on(&shop, json!({ "item_name": "<script>alert(1)</script>" })).await;
    let html = browser.open("pc").await;
    assert!(!html.contains("<script>alert"));
}

#[tokio::test]
async fn a_parameter_added_to_the_address_changes_nothing() {
    let shop = Shop::open().await;
    let browser = Browser::on(&shop, json!({})).await;
    let url = text(&browser.ready["next_redirect_pc_url"]);
    let html = browser
        .page(&format!("{url}?kpayTid={}", browser.tid))
        .await;
    assert!(html.contains("pay-on-this-device"));
}

#[tokio::test]
async fn a_payment_that_does_not_exist_has_a_page_that_says_so() {
    let shop = Shop::open().await;
    let nothing = "0".repeat(64);
    for path in [
        format!("/pay/mockup/{nothing}"),
        format!("/pay/mockup/{nothing}/onward"),
        format!("/mockup/bridge/pc/pg/one-time/payment/{nothing}"),
    ] {
        let response = shop.get(&shop.at(&path)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.text().await.unwrap().contains("unknown-payment"));
    }
}

#[tokio::test]
async fn the_style_sheet_and_the_script_are_kept_for_good_under_their_address() {
    let shop = Shop::open().await;
    let browser = Browser::on(&shop, json!({})).await;
    let html = browser.open("pc").await;
    for (before, kind) in [
        ("href=\"/pay/assets/", "text/css"),
        ("src=\"/pay/assets/", "text/javascript"),
    ] {
        let (_, after) = html.split_once(before).unwrap();
        let name = after.split('"').next().unwrap();
        let response = shop.get(&shop.at(&format!("/pay/assets/{name}"))).await;
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with(kind)
        );
        assert!(
            response.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }
    let stale = shop.get(&shop.at("/pay/assets/pay-0.css")).await;
    assert_eq!(stale.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_for_apps_calls_the_scheme_by_itself_in_an_app_and_nowhere_else() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let android = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Chrome/126.0";
    let ios =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";
    for (page, agent, fires) in [
        (
            "next_redirect_app_url",
            android,
            Some("data-fires=\"intent://kakaopay/pg?url="),
        ),
        (
            "next_redirect_app_url",
            ios,
            Some("data-fires=\"kakaotalk://kakaopay/pg?url="),
        ),
        ("next_redirect_app_url", "curl/8.5.0", None),
        ("next_redirect_mobile_url", android, None),
    ] {
        let request = shop
            .http
            .get(text(&ready[page]))
            .header("user-agent", agent);
        let html = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(
            html.contains("data-fires"),
            fires.is_some(),
            "{page} {agent}"
        );
        assert!(fires.is_none_or(|fires| html.contains(fires)), "{html}");
    }
}

#[tokio::test]
async fn a_code_that_no_phone_can_open_says_how_to_get_one_that_can() {
    for (url, only_here) in [(None, true), (Some("http://192.168.0.9:7702"), false)] {
        let builder = kakaopay_sandbox::Sandbox::builder();
        let builder = match url {
            Some(url) => builder.public_url(url),
            None => builder,
        };
        let shop = Shop::with(builder).await;
        let page = text(&shop.ready().await["next_redirect_pc_url"]);
        let path = page.strip_prefix(shop.sandbox.url()).unwrap();
        let html = shop.get(&shop.at(path)).await.text().await.unwrap();
        assert_eq!(html.contains("qr-only-here"), only_here, "{url:?}");
    }
}
