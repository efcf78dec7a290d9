//! A contract with KakaoPay, whose secrets are stored sealed.

use danpay_core::ShopId;
use secrecy::SecretString;

use crate::secrets::{Place, SecretError, Vault};
use crate::store::shops::AccountRow;

/// A contract with KakaoPay.
#[derive(Clone, Debug)]
pub struct Account {
    /// KakaoPay's code of the merchant.
    pub cid: String,
    /// The secret key of the application in KakaoPay's developer centre.
    pub secret_key: SecretString,
    /// The key of the merchant code, if KakaoPay has issued one.
    pub cid_secret: Option<SecretString>,
}

impl Account {
    /// As it is stored, in the shop's row of it alone.
    pub(crate) fn seal(self, shop_id: ShopId, vault: &Vault) -> Result<AccountRow, SecretError> {
        let Self {
            cid,
            secret_key,
            cid_secret,
        } = self;
        let row = name_of(shop_id, &cid);
        let seal = |column, secret: &SecretString| vault.seal(place_of(&row, column), secret);
        Ok(AccountRow {
            secret_key: seal("secret_key", &secret_key)?,
            cid_secret: cid_secret
                .map(|secret| seal("cid_secret", &secret))
                .transpose()?,
            cid,
        })
    }

    /// From what is stored.
    pub(crate) fn open(
        stored: &AccountRow,
        shop_id: ShopId,
        vault: &Vault,
    ) -> Result<Self, SecretError> {
        let AccountRow {
            cid,
            secret_key,
            cid_secret,
        } = stored;
        let row = name_of(shop_id, cid);
        let open = |column, sealed: &[u8]| vault.open(place_of(&row, column), sealed);
        Ok(Self {
            cid: cid.clone(),
            secret_key: open("secret_key", secret_key)?,
            cid_secret: cid_secret
                .as_ref()
                .map(|sealed| open("cid_secret", sealed))
                .transpose()?,
        })
    }
}

/// By which its secrets know their row.
fn name_of(shop_id: ShopId, cid: &str) -> String {
    format!("{shop_id}/{cid}")
}

fn place_of<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    let table = "accounts";
    Place { table, row, column }
}
