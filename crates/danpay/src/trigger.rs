//! `danpay trigger`: a real payment at a sandbox goes to the end of which a shop wants to hear.

mod api;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use danpay_server::LogFormat;
use reqwest::Url;
use serde_json::{Value, json};

use crate::as_shop::{self, Place};
use crate::{log, serve};
use api::Api;

/// What a payment lives, and danpay's margin: then it has expired.
const EXPIRY_S: u64 = 1_000;
/// After so long in doubt a person is asked.
const DAY_S: u64 = 25 * 3_600;
/// How long the event may take. Recovery looks every few seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// Make a test payment go to an event, such as payment.approved
///
/// Needs an API key of the role `full` in `DANPAY_API_KEY`, and danpay at a sandbox. `payment.expired` and
/// `payment.review_needed` move the sandbox's clock, which danpay has to follow, as `danpay dev` does.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The event
    event: String,
    /// The sandbox that danpay is at
    #[arg(long, value_name = "URL")]
    sandbox: Url,
    #[command(flatten)]
    danpay: Place,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    log::start("warn", LogFormat::Text, None)?;
    serve::install_tls();
    let key = as_shop::api_key()?;
    let trigger = Trigger {
        api: Api::new(&args.danpay.url, key, &args.sandbox)?,
    };
    let payment = trigger.play(&args.event).await?;
    let id = text(&payment, "id");
    let event = tokio::time::timeout(PATIENCE, trigger.comes(id, &args.event)).await;
    let event = event.with_context(|| {
        format!(
            "{} of {id} has not come; does danpay follow the sandbox's clock?",
            args.event
        )
    })?;
    crate::print(&format!("{} {} {id}", args.event, event?))
}

struct Trigger {
    api: Api,
}

impl Trigger {
    /// The payment, on its way to the event.
    async fn play(&self, event: &str) -> Result<Value> {
        match event {
            "payment.ready" => self.create("automatic").await,
            "payment.authenticated" => self.paid_by("manual", "pays_by_card").await,
            "payment.approved" => self.paid_by("automatic", "pays_by_card").await,
            "payment.failed" => self.paid_by("automatic", "card_refused").await,
            "payment.quit" => self.paid_by("automatic", "quits").await,
            "payment.expired" => {
                let payment = self.create("automatic").await?;
                self.pass(EXPIRY_S).await?;
                Ok(payment)
            }
            "payment.withdrawn" => {
                let payment = self.create("automatic").await?;
                self.api.shop(&of(&payment, "/withdraw"), json!({})).await?;
                Ok(payment)
            }
            "payment.partially_canceled" => {
                self.canceled(json!({ "amount": { "total": 1_100 } })).await
            }
            "payment.canceled" => self.canceled(json!({})).await,
            "payment.cancellation_failed" => {
                let payment = self.approved().await?;
                let refused = json!({ "endpoint": "cancel", "fault": "error_code", "error_code": -2,
                                      "tid": text(&payment, "tid") });
                self.api.sandbox("faults", refused).await?;
                // Its refusal is what was asked for.
                let _ = self.api.shop(&of(&payment, "/cancel"), json!({})).await;
                Ok(payment)
            }
            "payment.review_needed" => {
                let payment = self.create("automatic").await?;
                let tid = text(&payment, "tid");
                for (endpoint, fault, times) in [
                    ("approve", "answer_lost_after_commit", 1),
                    ("order", "error_503", 1_000_000),
                ] {
                    let fault =
                        json!({ "endpoint": endpoint, "fault": fault, "times": times, "tid": tid });
                    self.api.sandbox("faults", fault).await?;
                }
                self.pay(&payment, "pays_by_card").await?;
                self.pass(DAY_S).await?;
                Ok(payment)
            }
            other => {
                let known: Vec<_> = danpay_server::event_types().collect();
                bail!("{other:?} is no event; there are {}", known.join(", "))
            }
        }
    }

    async fn create(&self, approval: &str) -> Result<Value> {
        let number = getrandom::u64().context("the machine gives no random bytes")?;
        let order = json!({ "order_id": format!("trigger-{number:016x}"), "user_id": "trigger",
                            "item_name": "초코파이", "amount": { "total": 2_200 }, "approval": approval });
        self.api.shop("/v1/payments", order).await
    }

    async fn paid_by(&self, approval: &str, script: &str) -> Result<Value> {
        let payment = self.create(approval).await?;
        self.pay(&payment, script).await?;
        Ok(payment)
    }

    async fn approved(&self) -> Result<Value> {
        let payment = self.paid_by("automatic", "pays_by_card").await?;
        self.comes(text(&payment, "id"), "payment.approved").await?;
        Ok(payment)
    }

    async fn canceled(&self, how: Value) -> Result<Value> {
        let payment = self.approved().await?;
        self.api.shop(&of(&payment, "/cancel"), how).await?;
        Ok(payment)
    }

    /// The payer, to the end of the way back.
    async fn pay(&self, payment: &Value, script: &str) -> Result<()> {
        let payer = json!({ "tid": text(payment, "tid"), "script": script, "follow": true });
        self.api.sandbox("payer", payer).await
    }

    async fn pass(&self, seconds: u64) -> Result<()> {
        self.api
            .sandbox("clock", json!({ "advance_s": seconds }))
            .await
    }

    /// The event's id, as soon as the shop is told of it.
    async fn comes(&self, payment: &str, event: &str) -> Result<String> {
        loop {
            let events = self.api.events(payment).await?;
            let found = events.iter().find(|told| text(told, "type") == event);
            if let Some(found) = found {
                return Ok(text(found, "id").to_owned());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn of(payment: &Value, what: &str) -> String {
    format!("/v1/payments/{}{what}", text(payment, "id"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
