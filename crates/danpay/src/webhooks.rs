//! `danpay webhooks`: where shops are told of their payments.

mod shown;

use anyhow::Result;
use clap::Subcommand;
use danpay_core::webhook::EventFilter;
use danpay_core::{DeliveryId, WebhookEndpointId};
use danpay_server::{Admin, EndpointChange, NewEndpoint};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::old;
use crate::operator::{Database, ShopName};

/// Webhook endpoints of shops and what was sent to them, while `danpay serve` runs
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    shop: ShopName,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add an endpoint and print its secret, this once
    Add {
        /// Where webhooks are sent to, such as `https://shop.example/danpay`
        url: String,
        /// What it hears [default: all events]
        #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = event)]
        events: Vec<String>,
        /// What to call it
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        /// Print a JSON object instead of the secret alone
        #[arg(long)]
        json: bool,
    },
    /// List a shop's endpoints
    List {
        /// Print one JSON object an endpoint
        #[arg(long)]
        json: bool,
    },
    /// Change an endpoint
    Update {
        /// Which (we_…)
        id: WebhookEndpointId,
        /// Where webhooks are sent to
        #[arg(long)]
        url: Option<String>,
        /// What it hears; * is all
        #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = event)]
        events: Vec<String>,
        /// What to call it
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Let it hear again
    Enable {
        /// Which (we_…)
        id: WebhookEndpointId,
        /// And send what it has missed while it was disabled
        #[arg(long)]
        send_missed: bool,
    },
    /// Send nothing to it; what it misses is recorded
    Disable {
        /// Which (we_…)
        id: WebhookEndpointId,
    },
    /// Remove it; what is on its way to it is not sent any more
    Remove {
        /// Which (we_…)
        id: WebhookEndpointId,
    },
    /// Give it a new secret and print that, this once
    RotateSecret {
        /// Which (we_…)
        id: WebhookEndpointId,
        /// For how many hours the old secret signs as well
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=168))]
        overlap_hours: i64,
    },
    /// Send it a message now, to see whether one arrives
    Ping {
        /// Which (we_…)
        id: WebhookEndpointId,
    },
    /// List what was sent last, the newest first
    Deliveries {
        /// To which (we_…) [default: all of the shop's]
        id: Option<WebhookEndpointId>,
        /// So many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Print one JSON object a delivery
        #[arg(long)]
        json: bool,
    },
    /// Send one once more
    Resend {
        /// Which (dlv_…)
        id: DeliveryId,
    },
    /// Send all once more that failed, of events in that time
    ResendFailed {
        /// To which (we_…)
        id: WebhookEndpointId,
        /// From a day in Korea such as 2026-11-01, or an instant
        #[arg(long, value_name = "WHEN", value_parser = old::instant)]
        from: Timestamp,
        /// Before a day in Korea, or an instant
        #[arg(long, value_name = "WHEN", value_parser = old::instant)]
        before: Timestamp,
    },
}

fn event(name: &str) -> Result<String, String> {
    if EventFilter::is_name(name) {
        return Ok(name.to_owned());
    }
    let known: Vec<_> = EventFilter::known().collect();
    Err(format!("must be * or of {}", known.join(", ")))
}

fn filter(events: Vec<String>) -> EventFilter {
    if events.is_empty() {
        return EventFilter::All;
    }
    EventFilter::of(events)
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let admin = args.database.open().await?;
    let shop_id = args.shop.id(&admin).await?;
    let change = async |id, change| admin.update_webhook_endpoint(shop_id, id, change).await;
    match args.command {
        Command::Add {
            url,
            events,
            description,
            json,
        } => {
            let new = NewEndpoint {
                url,
                events: filter(events),
                description,
            };
            add(&admin, shop_id, new, json).await?;
        }
        Command::List { json } => {
            let endpoints = admin.webhook_endpoints(shop_id).await?;
            shown::endpoints(&endpoints, json)?;
        }
        Command::Update {
            id,
            url,
            events,
            description,
        } => {
            let events = (!events.is_empty()).then(|| filter(events));
            let update = EndpointChange {
                url,
                events,
                description,
                ..EndpointChange::default()
            };
            change(id, update).await?;
        }
        Command::Enable { id, send_missed } => {
            let enable = EndpointChange {
                enabled: Some(true),
                send_missed,
                ..EndpointChange::default()
            };
            change(id, enable).await?;
        }
        Command::Disable { id } => {
            let disable = EndpointChange {
                enabled: Some(false),
                ..EndpointChange::default()
            };
            change(id, disable).await?;
        }
        Command::Remove { id } => admin.remove_webhook_endpoint(shop_id, id).await?,
        Command::RotateSecret { id, overlap_hours } => {
            let overlap = SignedDuration::from_hours(overlap_hours);
            let secret = admin.rotate_webhook_secret(shop_id, id, overlap).await?;
            crate::hand_over(secret.expose_secret())?;
        }
        Command::Ping { id } => shown::ping(&admin.ping_webhook_endpoint(shop_id, id).await?)?,
        Command::Deliveries { id, limit, json } => {
            let deliveries = admin.webhook_deliveries(shop_id, id, limit).await?;
            shown::deliveries(&deliveries, json)?;
        }
        Command::Resend { id } => {
            admin.resend_webhook(shop_id, id).await?;
            crate::say("a server sends it within a second");
        }
        Command::ResendFailed { id, from, before } => {
            let range = (from, before);
            let count = admin.resend_failed_webhooks(shop_id, id, range).await?;
            crate::say(&format!("a server sends {count} of them once more"));
        }
    }
    Ok(())
}

async fn add(
    admin: &Admin,
    shop_id: danpay_core::ShopId,
    new: NewEndpoint,
    as_json: bool,
) -> Result<()> {
    let (endpoint, secret) = admin.add_webhook_endpoint(shop_id, new).await?;
    let secret = secret.expose_secret();
    let told = if as_json {
        json!({ "id": endpoint.id, "url": endpoint.url, "secret": secret }).to_string()
    } else {
        secret.to_owned()
    };
    let shown = crate::hand_over(&told);
    if shown.is_err() {
        // Nobody has seen the secret, so nobody could verify what is sent.
        admin.remove_webhook_endpoint(shop_id, endpoint.id).await?;
    }
    shown
}
