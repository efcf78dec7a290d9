//! A merchant and a browser, as small as they can be.

use std::time::{Duration, Instant};

use kakaopay_sandbox::{PaymentRecord, Sandbox, SandboxBuilder};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(Sandbox::builder().seed(7)).await
    }

    /// With ids and times that are always the same.
    pub(crate) async fn repeatable() -> Self {
        let at = "2024-07-30T11:50:27Z".parse().unwrap();
        let url = "http://sandbox.example";
        Self::with(Sandbox::builder().seed(7).frozen_at(at).public_url(url)).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        // Fails when another test of this process was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            sandbox: builder.start().await.unwrap(),
            http,
        }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.addr())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.at(path))
    }

    pub(crate) fn post(&self, endpoint: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("/online/v1/payment/{endpoint}"))
            .header("Authorization", "SECRET_KEY DEV0000")
    }

    pub(crate) async fn call(&self, endpoint: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.post(endpoint).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn refused(&self, endpoint: &str, body: &Value) -> (u16, i64, String) {
        let (status, body) = self.call(endpoint, body).await;
        let message = body["error_message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (
            status.as_u16(),
            body["error_code"].as_i64().unwrap_or_default(),
            message,
        )
    }

    pub(crate) async fn ready(&self) -> Value {
        self.ready_with(json!({})).await
    }

    pub(crate) async fn ready_with(&self, changes: Value) -> Value {
        let (status, body) = self.call("ready", &chocopie(changes)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// A payment that the payer has authenticated, with its `pg_token`.
    pub(crate) async fn authenticated(&self, script: &str) -> (String, String) {
        let tid = text(&self.ready().await["tid"]);
        let redirect_to = self.sandbox.play(&tid, script).unwrap();
        (tid, pg_token(&redirect_to))
    }

    /// A payment that was approved.
    pub(crate) async fn approved(&self, changes: Value) -> String {
        let tid = text(&self.ready_with(changes).await["tid"]);
        let redirect_to = self.sandbox.play(&tid, "pays_by_card").unwrap();
        let (status, body) = self
            .call(
                "approve",
                &approve(&tid, &pg_token(&redirect_to), json!({})),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        tid
    }

    pub(crate) fn record(&self, tid: &str) -> PaymentRecord {
        self.sandbox.payment(tid).unwrap()
    }

    pub(crate) async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    /// The journal as it is shown.
    pub(crate) async fn journal(&self) -> String {
        let journal = self.get(&self.at("/_sandbox/journal")).await;
        journal.text().await.unwrap()
    }

    /// Its calls, the last one at the end.
    pub(crate) async fn entries(&self) -> Vec<Value> {
        let journal: Value = serde_json::from_str(&self.journal().await).unwrap();
        journal["entries"].as_array().unwrap().clone()
    }
}

pub(crate) async fn answer(response: Response) -> (StatusCode, Value) {
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "application/json;charset=UTF-8");
    let status = response.status();
    (status, response.json().await.unwrap())
}

/// The order of KakaoPay's documentation, with some fields changed.
pub(crate) fn chocopie(changes: Value) -> Value {
    merged(
        json!({
            "cid": "TC0ONETIME",
            "partner_order_id": "order-1",
            "partner_user_id": "user-1",
            "item_name": "초코파이",
            "quantity": 1,
            "total_amount": 2200,
            "tax_free_amount": 0,
            "approval_url": "https://shop.example/approve",
            "cancel_url": "https://shop.example/cancel",
            "fail_url": "https://shop.example/fail",
        }),
        changes,
    )
}

pub(crate) fn approve(tid: &str, pg_token: &str, changes: Value) -> Value {
    merged(
        json!({
            "cid": "TC0ONETIME",
            "tid": tid,
            "partner_order_id": "order-1",
            "partner_user_id": "user-1",
            "pg_token": pg_token,
        }),
        changes,
    )
}

pub(crate) fn order(tid: &str) -> Value {
    json!({ "cid": "TC0ONETIME", "tid": tid })
}

pub(crate) fn cancel(tid: &str, amount: u64, changes: Value) -> Value {
    merged(
        json!({
            "cid": "TC0ONETIME",
            "tid": tid,
            "cancel_amount": amount,
            "cancel_tax_free_amount": 0,
        }),
        changes,
    )
}

fn merged(mut body: Value, changes: Value) -> Value {
    if let (Value::Object(body), Value::Object(changes)) = (&mut body, changes) {
        body.extend(changes);
    }
    body
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn pg_token(redirect_to: &str) -> String {
    let (_, token) = redirect_to.split_once("pg_token=").unwrap();
    assert_eq!(token.len(), 20);
    token.to_owned()
}

/// Waits until something has happened; a test that waits in vain fails.
pub(crate) async fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < deadline, "{what} never happened");
        tokio::task::yield_now().await;
    }
}
