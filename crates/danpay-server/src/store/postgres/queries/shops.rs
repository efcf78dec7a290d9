//! Shops and their contracts with KakaoPay.

use tokio_postgres::types::Type;

use super::{Query, Task};

// The one that is there, or else this one.
query!(ADD_FIRST_SHOP Write (UUID, TEXT, TEXT, TIMESTAMPTZ) "
insert into shops (id, name, is_first, settings, version, created_at)
select $1, $2, true, $3::json, 1, $4 where not exists (select from shops where is_first)
on conflict do nothing");

query!(ADD_SHOP Write (UUID, TEXT, TEXT, TIMESTAMPTZ, TEXT, BYTEA, BYTEA) "
with added as (
    insert into shops (id, name, is_first, settings, version, created_at)
    values ($1, $2, false, $3::json, 1, $4)
    on conflict on constraint shops_name_once do nothing
    returning id
),
account as (
    insert into accounts (shop_id, cid, secret_key, cid_secret, created_at)
    select id, $5, $6, $7, $4 from added
)
select count(*) from added");

query!(UPDATE_SHOP Write (UUID, INT4, TEXT, TEXT, TIMESTAMPTZ) "
with updated as (
    update shops set version = version + 1, name = $3, settings = $4::json, disabled_at = $5
    where id = $1 and version = $2
    returning 1
)
select count(*) from updated");

/// Shops with their accounts.
macro_rules! shops {
    () => {
        "
select id, name, is_first, settings::text, version, created_at, disabled_at,
    array(select cid from accounts where shop_id = shops.id order by created_at, cid) as cids,
    array(select secret_key from accounts where shop_id = shops.id order by created_at, cid)
        as secret_keys,
    array(select cid_secret from accounts where shop_id = shops.id order by created_at, cid)
        as cid_secrets
from shops "
    };
}

query!(FIRST_SHOP Read () shops!(), "where is_first");

query!(SHOPS Read () shops!(), "order by id");

// The shop's version goes up, so that servers notice it.
query!(PUT_ACCOUNT Write (UUID, TEXT, BYTEA, BYTEA, TIMESTAMPTZ, BYTEA) "
with shop as (
    update shops set version = version + 1
    where id = $1 and ($6 is null or exists (
        select from accounts where shop_id = $1 and cid = $2 and secret_key = $6))
    returning id
),
put as (
    insert into accounts (shop_id, cid, secret_key, cid_secret, created_at)
    select id, $2, $3, $4, $5 from shop
    on conflict (shop_id, cid) do update
        set secret_key = excluded.secret_key, cid_secret = excluded.cid_secret
)
select count(*) from shop");
