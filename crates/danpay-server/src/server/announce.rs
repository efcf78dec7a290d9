//! The line with which a server begins: whoever reads it knows what is at stake.

use super::Server;
use crate::config::Config;
use crate::shops::is_live;
use crate::start_error::StartError;
use crate::store::shops::{All, ShopRow};

/// So many shops are named; there may be any number.
const NAMED: usize = 20;

impl Server {
    /// Logs for whom it serves, by which merchant codes and whether these move real money, and where
    /// everything is. No secret is in it.
    pub async fn announce(&self, config: &Config) -> Result<(), StartError> {
        let rows = self.app.flow.store.ask(All).await?;
        let shops: Vec<ShopCids<'_>> = rows.iter().map(|row| ShopCids::of(row, config)).collect();
        let mut told: Vec<String> = shops.iter().take(NAMED).map(ShopCids::to_string).collect();
        if let Some(more @ 1..) = shops.len().checked_sub(NAMED) {
            told.push(format!("{more} more"));
        }
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            livemode = shops.iter().any(ShopCids::is_live),
            shops = told.join("; "),
            kakaopay = config.kakaopay_base_url,
            proxy = config.proxy_place(),
            test_clock = config.test_clock_url,
            database = config.database_place(),
            listen = %config.listen,
            public_url = config.public_url()?,
            health = config.health_listen.map(tracing::field::display),
            "danpay serves"
        );
        Ok(())
    }
}

/// A shop with its merchant codes.
struct ShopCids<'a> {
    name: &'a str,
    cids: Vec<&'a str>,
}

impl<'a> ShopCids<'a> {
    fn of(row: &'a ShopRow, config: &'a Config) -> Self {
        let own = row.is_first.then_some(config.kakaopay_cid.as_str());
        let others = row.accounts.iter().map(|account| account.cid.as_str());
        Self {
            name: &row.name,
            cids: own.into_iter().chain(others).collect(),
        }
    }

    fn is_live(&self) -> bool {
        self.cids.iter().any(|cid| is_live(cid))
    }
}

impl std::fmt::Display for ShopCids<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)?;
        for cid in &self.cids {
            let mode = if is_live(cid) { "live" } else { "test" };
            write!(f, " {cid} ({mode})")?;
        }
        Ok(())
    }
}
