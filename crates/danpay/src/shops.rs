//! `danpay shops`: who sells by this server.

mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use danpay_server::{Account, Admin, Clock, Settings, ShopInfo};
use secrecy::SecretString;
use serde_json::json;

use crate::operator::{self, Database, find};
use settings::SettingsArgs;

/// Add, list and change shops, while `danpay serve` runs
///
/// The first shop is the one of the server's own settings (danpay.toml, DANPAY_…). Further ones have
/// their own contracts with KakaoPay, whose secret keys are stored sealed with the master key.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: Database,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a shop and print its id
    Add {
        /// Its name, unique; payers see it
        name: String,
        #[command(flatten)]
        account: AccountArgs,
        #[command(flatten)]
        settings: SettingsArgs,
        /// Print a JSON object instead of the id alone
        #[arg(long)]
        json: bool,
    },
    /// List all shops
    List {
        /// Print one JSON object a shop
        #[arg(long)]
        json: bool,
    },
    /// Show a shop's settings, as a JSON object
    Show {
        /// Its id or name
        shop: String,
    },
    /// Change a shop's name or settings; what is not named stays
    Update {
        /// Its id or name
        shop: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        /// The merchant code that is used where none is named
        #[arg(long)]
        cid: Option<String>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Add a contract with KakaoPay to a shop, or replace the keys of one that it has
    Account {
        /// Its id or name
        shop: String,
        #[command(flatten)]
        account: AccountArgs,
    },
    /// Let a shop make no new payments; what is under way goes on, and refunds are made
    Disable {
        /// Its id or name
        shop: String,
    },
    /// Let it sell again
    Enable {
        /// Its id or name
        shop: String,
    },
}

/// A contract with KakaoPay.
#[derive(clap::Args)]
struct AccountArgs {
    /// KakaoPay's code of the merchant, 10 characters; TC0ONETIME is for tests
    #[arg(long)]
    cid: String,
    /// A file that holds the secret key of the application in KakaoPay's developer centre
    #[arg(long, value_name = "FILE")]
    secret_key_file: PathBuf,
    /// A file that holds the merchant code's own key, if KakaoPay has issued one
    #[arg(long, value_name = "FILE")]
    cid_secret_file: Option<PathBuf>,
}

impl AccountArgs {
    fn read(self) -> Result<Account> {
        let cid_secret = self.cid_secret_file.as_deref().map(secret);
        Ok(Account {
            cid: self.cid,
            secret_key: secret(&self.secret_key_file)?,
            cid_secret: cid_secret.transpose()?,
        })
    }
}

fn secret(file: &Path) -> Result<SecretString> {
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    let text = text.trim();
    anyhow::ensure!(!text.is_empty(), "{} is empty", file.display());
    Ok(text.into())
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let admin = args.database.open().await?;
    match args.command {
        Command::Add {
            name,
            account,
            settings,
            json,
        } => {
            let id = admin
                .add_shop(&name, account.read()?, settings.over(Settings::default()))
                .await?;
            let object = json!({ "id": id, "name": name });
            crate::print(&if json {
                object.to_string()
            } else {
                id.to_string()
            })
        }
        Command::List { json } => list(&admin, json).await,
        Command::Show { shop } => {
            let id = find(&admin, &shop).await?;
            let mut shops = admin.shops().await?.into_iter();
            let shop = shops.find(|shop| shop.id == id);
            crate::print(&serde_json::to_string_pretty(&shop)?)
        }
        Command::Update {
            shop,
            name,
            cid,
            settings,
        } => {
            let change = |info: &mut ShopInfo| {
                info.name = name.unwrap_or_else(|| info.name.clone());
                let before = std::mem::take(&mut info.settings);
                info.settings = settings.over(before);
                info.settings.cid = cid.unwrap_or_else(|| info.settings.cid.clone());
            };
            Ok(admin
                .update_shop(find(&admin, &shop).await?, change)
                .await?)
        }
        Command::Account { shop, account } => {
            let id = find(&admin, &shop).await?;
            Ok(admin.put_account(id, account.read()?).await?)
        }
        Command::Disable { shop } => {
            let now = Clock::system().now();
            let disable = |info: &mut ShopInfo| info.disabled_at = Some(now);
            Ok(admin
                .update_shop(find(&admin, &shop).await?, disable)
                .await?)
        }
        Command::Enable { shop } => {
            let enable = |info: &mut ShopInfo| info.disabled_at = None;
            Ok(admin
                .update_shop(find(&admin, &shop).await?, enable)
                .await?)
        }
    }
}

async fn list(admin: &Admin, as_json: bool) -> Result<()> {
    let shops = admin.shops().await?;
    if as_json {
        for shop in &shops {
            crate::print(&serde_json::to_string(shop)?)?;
        }
        return Ok(());
    }
    let heads = ["ID", "NAME", "CIDS", "CREATED", "DISABLED"];
    let rows = shops.iter().map(|shop| {
        vec![
            shop.id.to_string(),
            shop.name.clone(),
            if shop.is_first {
                "(settings)".to_owned()
            } else {
                shop.cids.join(" ")
            },
            operator::minute(shop.created_at),
            shop.disabled_at.map_or("-".to_owned(), operator::minute),
        ]
    });
    operator::table(&heads, rows.collect())
}
