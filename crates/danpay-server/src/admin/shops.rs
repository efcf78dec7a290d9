//! Shops and their contracts with KakaoPay.

use danpay_core::{InvalidField, ShopId};
use jiff::Timestamp;
use serde::Serialize;

use super::Admin;
use crate::config::beside_test_clock;
use crate::secrets::SecretError;
use crate::shops::{Account, Settings, ensure_first, is_live};
use crate::start_error::StartError;
use crate::store::shops::{AccountRow, Add, All, PutAccount, ShopRow, Update};

/// A shop, for an operator.
#[derive(Clone, Debug, Serialize)]
pub struct ShopInfo {
    /// `shop_…`
    pub id: ShopId,
    /// Payers see it; unique.
    pub name: String,
    /// Whether its settings are the server's own.
    pub is_first: bool,
    /// What an operator has set.
    pub settings: Settings,
    /// The merchant codes of its contracts with KakaoPay.
    pub cids: Vec<String>,
    /// UTC.
    pub created_at: Timestamp,
    /// Since when it sells nothing new, UTC.
    pub disabled_at: Option<Timestamp>,
}

impl From<ShopRow> for ShopInfo {
    fn from(row: ShopRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            is_first: row.is_first,
            settings: row.settings,
            cids: row
                .accounts
                .into_iter()
                .map(|account| account.cid)
                .collect(),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        }
    }
}

impl Admin {
    /// All shops, the oldest first.
    pub async fn shops(&self) -> Result<Vec<ShopInfo>, StartError> {
        self.first_shop().await?;
        let rows = self.store.ask(All).await?;
        Ok(rows.into_iter().map(ShopInfo::from).collect())
    }

    /// The shop whose settings are the server's. A database that no server has opened gets it here.
    pub async fn first_shop(&self) -> Result<ShopId, StartError> {
        ensure_first(&self.store, &self.clock, &self.entropy).await
    }

    /// A new shop, with its first contract.
    pub async fn add_shop(
        &self,
        name: &str,
        account: Account,
        settings: Settings,
    ) -> Result<ShopId, StartError> {
        let created_at = self.clock.now();
        let id = self.entropy.shop_id(created_at)?;
        let account = self.sealed(id, account)?;
        let settings = Settings {
            cid: account.cid.clone(),
            ..settings
        };
        check(name, &settings)?;
        let shop = ShopRow {
            id,
            name: name.to_owned(),
            is_first: false,
            settings,
            version: 1,
            created_at,
            disabled_at: None,
            accounts: vec![account],
        };
        if self.store.ask(Add { shop }).await? {
            Ok(id)
        } else {
            Err(StartError::ShopName(name.to_owned()))
        }
    }

    /// Changes a shop's name, settings, or whether it is disabled.
    pub async fn update_shop(
        &self,
        id: ShopId,
        change: impl FnOnce(&mut ShopInfo),
    ) -> Result<(), StartError> {
        let row = self.row(id).await?;
        let (version, accounts) = (row.version, row.accounts.clone());
        let mut info = ShopInfo::from(row);
        let before = info.settings.clone();
        change(&mut info);
        if info.is_first && info.settings != before {
            return Err(StartError::FirstShop);
        }
        check(&info.name, &info.settings)?;
        let is_known = accounts
            .iter()
            .any(|account| account.cid == info.settings.cid);
        if !info.is_first && !is_known {
            return Err(InvalidField::new(
                "cid",
                "is of none of the shop's contracts",
                "이 상점의 계약에 없는 CID입니다",
            )
            .into());
        }
        // One that sells live already may still be disabled or named.
        let is_changed = info.settings.cid != before.cid;
        if self.config.test_clock_url.is_some() && is_changed && is_live(&info.settings.cid) {
            return Err(beside_test_clock("cid").into());
        }
        let shop = ShopRow {
            id,
            name: info.name.clone(),
            is_first: info.is_first,
            settings: info.settings,
            version,
            created_at: info.created_at,
            disabled_at: info.disabled_at,
            accounts,
        };
        if self.store.ask(Update { shop }).await? {
            Ok(())
        } else {
            Err(StartError::ShopChanged)
        }
    }

    /// Adds a contract to a shop, or replaces the keys of one that it has.
    pub async fn put_account(&self, id: ShopId, account: Account) -> Result<(), StartError> {
        if self.row(id).await?.is_first {
            return Err(StartError::FirstShop);
        }
        let put = PutAccount {
            shop_id: id,
            account: self.sealed(id, account)?,
            at: self.clock.now(),
            replacing: None,
        };
        if self.store.ask(put).await? {
            Ok(())
        } else {
            Err(StartError::NoShop(id))
        }
    }

    /// Seals every secret anew whose master key is not the one that seals now; how many.
    pub async fn rotate_secrets(&self) -> Result<u64, StartError> {
        let mut sealed = 0;
        for shop in self.store.ask(All).await? {
            for account in &shop.accounts {
                if let Some(anew) = self.resealed(shop.id, account)? {
                    let put = PutAccount {
                        shop_id: shop.id,
                        account: anew,
                        at: self.clock.now(),
                        // An operator may put another key there at this moment.
                        replacing: Some(account.secret_key.clone()),
                    };
                    sealed += u64::from(self.store.ask(put).await?);
                }
            }
        }
        Ok(sealed + self.rotate_webhook_secrets().await?)
    }

    async fn row(&self, id: ShopId) -> Result<ShopRow, StartError> {
        let mut rows = self.store.ask(All).await?.into_iter();
        rows.find(|row| row.id == id).ok_or(StartError::NoShop(id))
    }

    fn sealed(&self, shop_id: ShopId, account: Account) -> Result<AccountRow, StartError> {
        self.config.check_account(&account)?;
        Ok(account.seal(shop_id, &self.vault)?)
    }

    /// Nothing, if it is sealed with the key that seals now.
    fn resealed(
        &self,
        shop_id: ShopId,
        account: &AccountRow,
    ) -> Result<Option<AccountRow>, SecretError> {
        let stored = [Some(&account.secret_key), account.cid_secret.as_ref()];
        let mut stored = stored.into_iter().flatten();
        if stored.all(|sealed| self.vault.is_current(sealed)) {
            return Ok(None);
        }
        let opened = Account::open(account, shop_id, &self.vault)?;
        opened.seal(shop_id, &self.vault).map(Some)
    }
}

fn check(name: &str, settings: &Settings) -> Result<(), InvalidField> {
    danpay_core::text::check_name("name", name)?;
    settings.check()
}
