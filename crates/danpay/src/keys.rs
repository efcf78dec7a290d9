//! `danpay keys`: the shops' API keys.

use anyhow::{Context as _, Result, bail};
use clap::{Subcommand, ValueEnum};
use danpay_server::{Admin, ApiKey, Clock, Role};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::old;
use crate::operator::{self, Database, ShopName};

/// Make, list and revoke API keys, while `danpay serve` runs
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: Database,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key that is not stored anywhere, and print it: for `DANPAY_FIRST_API_KEY`
    Make,
    /// Make a key and print it, this once
    Create {
        /// What to call it, for example the service that uses it; unique in its shop
        name: String,
        #[command(flatten)]
        shop: ShopName,
        /// What it may do
        #[arg(long, value_enum, default_value = "full")]
        role: RoleName,
        /// From when on it is refused: a day in Korea such as 2027-01-01, an instant such as
        /// 2027-01-01T00:00:00Z, or days from now such as 90d
        #[arg(long, value_name = "WHEN", value_parser = expiry)]
        expires: Option<Timestamp>,
        /// Print a JSON object instead of the key alone
        #[arg(long)]
        json: bool,
    },
    /// List a shop's keys, the revoked ones as well; the keys themselves are not stored
    List {
        #[command(flatten)]
        shop: ShopName,
        /// Print one JSON object a key
        #[arg(long)]
        json: bool,
    },
    /// Refuse a key from now on; every server does within seconds
    Revoke {
        /// What it is called
        name: String,
        #[command(flatten)]
        shop: ShopName,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// All of it
    Full,
    /// Creates, reads, approves, withdraws; gives no money back
    Sell,
    /// Reads
    Read,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Full => Self::Full,
            RoleName::Sell => Self::Sell,
            RoleName::Read => Self::Read,
        }
    }
}

/// The longest that can be asked for: ten years.
const DAYS_MAX: i64 = 3_650;

fn expiry(text: &str) -> Result<Timestamp, String> {
    let now = Clock::system().now();
    let Some(days) = text.strip_suffix('d') else {
        let at = old::instant(text)?;
        return if at > now {
            Ok(at)
        } else {
            Err("that is in the past".to_owned())
        };
    };
    let days = days
        .parse()
        .ok()
        .filter(|days| (1..=DAYS_MAX).contains(days));
    let days = days.ok_or_else(|| format!("days are 1d to {DAYS_MAX}d"))?;
    now.checked_add(SignedDuration::from_hours(24 * days))
        .map_err(|error| error.to_string())
}

pub(crate) async fn run(args: Args) -> Result<()> {
    if matches!(args.command, Command::Make) {
        let key = danpay_server::new_api_key()?;
        return crate::hand_over(key.expose_secret());
    }
    let admin = args.database.open().await?;
    match args.command {
        // Done above, without a database.
        Command::Make => Ok(()),
        Command::Create {
            name,
            shop,
            role,
            expires,
            json,
        } => {
            let shop_id = shop.id(&admin).await?;
            let key = admin
                .create_key(shop_id, &name, role.into(), expires)
                .await?;
            let key = key.expose_secret();
            let object = json!({ "shop_id": shop_id, "name": name, "key": key });
            let told = if json {
                object.to_string()
            } else {
                key.to_owned()
            };
            let shown = crate::hand_over(&told);
            if shown.is_err() {
                // Nobody has seen it, so nobody is to have it.
                admin.revoke_key(shop_id, &name).await?;
            }
            shown
        }
        Command::List { shop, json } => list(&admin, &shop, json).await,
        Command::Revoke { name, shop } => {
            let shop_id = shop.id(&admin).await?;
            if !admin.revoke_key(shop_id, &name).await? {
                bail!("the shop has no key of the name {name}; `danpay keys list` lists them");
            }
            crate::say("revoked: it is refused within seconds");
            Ok(())
        }
    }
}

async fn list(admin: &Admin, shop: &ShopName, as_json: bool) -> Result<()> {
    let keys = admin.keys(shop.id(admin).await?).await?;
    if as_json {
        for key in &keys {
            crate::print(&serde_json::to_string(key).context("a key cannot be written")?)?;
        }
        return Ok(());
    }
    let heads = ["NAME", "ROLE", "CREATED", "LAST USED", "EXPIRES", "REVOKED"];
    let rows = keys.iter().map(row).collect();
    operator::table(&heads, rows)
}

fn row(key: &ApiKey) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map_or("-".to_owned(), operator::minute);
    vec![
        key.name.clone(),
        key.role.as_str().to_owned(),
        operator::minute(key.created_at),
        time(key.last_used_at),
        time(key.expires_at),
        time(key.revoked_at),
    ]
}
