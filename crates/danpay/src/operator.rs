//! What the operator's commands share: the database, a shop by its name, tables.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use danpay_core::ShopId;
use danpay_core::timing::KOREA;
use danpay_server::{Admin, Clock, Create};
use jiff::Timestamp;

use crate::serve;

/// Which database, and whether it may be made.
#[derive(clap::Args)]
pub(crate) struct Database {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Make the database if there is none
    #[arg(long, global = true)]
    create: bool,
}

impl Database {
    pub(crate) async fn open(self) -> Result<Admin> {
        let config = serve::settings(self.config)?;
        serve::install_tls();
        let create = may_create(self.create);
        Ok(Admin::open(&config, Clock::system(), create).await?)
    }
}

pub(crate) fn may_create(create: bool) -> Create {
    if create { Create::Yes } else { Create::No }
}

/// Whose keys.
#[derive(clap::Args)]
pub(crate) struct ShopName {
    /// The shop, by its id or name [default: the first one, whose settings are the server's]
    #[arg(long, value_name = "SHOP", global = true)]
    shop: Option<String>,
}

impl ShopName {
    pub(crate) async fn id(&self, admin: &Admin) -> Result<ShopId> {
        match &self.shop {
            None => Ok(admin.first_shop().await?),
            Some(name) => find(admin, name).await,
        }
    }
}

/// The shop of this id or name.
pub(crate) async fn find(admin: &Admin, name: &str) -> Result<ShopId> {
    let shops = admin.shops().await?;
    let id = name.parse().ok();
    let mut found = shops
        .iter()
        .filter(|shop| Some(shop.id) == id || shop.name == name);
    let found = found.next().map(|shop| shop.id);
    found.with_context(|| format!("there is no shop {name}; `danpay shops list` lists them"))
}

/// An instant to the minute, in Korea's time.
pub(crate) fn minute(at: Timestamp) -> String {
    KOREA.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Rows under their heads, on standard output.
pub(crate) fn table(heads: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(heads);
    table.add_rows(rows);
    crate::print(&table.trim_fmt())
}
