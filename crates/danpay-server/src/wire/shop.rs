//! A shop as its own keys see it: whether they open the shop that was meant, for test or for real money.

use danpay_core::ShopId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::shops;
use crate::store::keys::Role;

/// The shop that a key opens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shop<'a> {
    #[schema(value_type = String, example = "shop_01jd9z1rtkfxf8w3v0p2m4q6s8")]
    id: ShopId,
    #[schema(example = "shop", extensions(("x-extensible-enum" = json!(["shop"]))))]
    object: &'static str,
    /// As payers know it; `null` until an operator has named it.
    name: Option<&'a str>,
    /// Whether it makes new payments.
    enabled: bool,
    /// Where its payers reach danpay.
    public_url: &'a str,
    /// Its contracts with KakaoPay whose keys can be read, by their merchant codes.
    accounts: Vec<Account<'a>>,
    key: Key<'a>,
}

/// A contract with KakaoPay.
#[derive(Debug, Serialize, ToSchema)]
struct Account<'a> {
    cid: &'a str,
    /// Whether its payments move real money.
    livemode: bool,
    /// Whether a payment is made by it that names none.
    default: bool,
}

/// The API key that asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct Key<'a> {
    name: &'a str,
    #[schema(example = "sell", extensions(("x-extensible-enum" = json!(Role::ALL.map(Role::as_str)))))]
    role: &'static str,
}

impl<'a> Shop<'a> {
    /// For a key of this name and role.
    pub(crate) fn of(shop: &'a shops::Shop, key_name: &'a str, role: Role) -> Self {
        Self {
            id: shop.id,
            object: "shop",
            name: shop.name.as_deref(),
            enabled: !shop.is_disabled,
            public_url: &shop.public_url,
            accounts: accounts(shop),
            key: Key {
                name: key_name,
                role: role.as_str(),
            },
        }
    }
}

fn accounts(shop: &shops::Shop) -> Vec<Account<'_>> {
    let gateways = shop.gateways.iter();
    let account = gateways.map(|(cid, gateway)| Account {
        cid,
        livemode: gateway.livemode(),
        default: *cid == shop.settings.cid,
    });
    account.collect()
}
