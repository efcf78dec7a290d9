//! API keys.

use tokio_postgres::types::Type;

use super::{Query, Task};

query!(ADD_API_KEY Write (BYTEA, UUID, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) "
with added as (
    insert into api_keys (hash, shop_id, name, role, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict on constraint api_keys_name_once do nothing
    returning 1
)
select count(*) from added");

/// An API key but for its hash.
macro_rules! api_keys {
    () => {
        "
select shop_id, name, role, created_at, expires_at, revoked_at, last_used_at from api_keys "
    };
}

query!(API_KEY Read (BYTEA) api_keys!(), "where hash = $1");

query!(API_KEYS Read (UUID) api_keys!(), "where shop_id = $1 order by created_at, name");

query!(REVOKE_API_KEY Write (UUID, TEXT, TIMESTAMPTZ) "
with revoked as (
    update api_keys set revoked_at = coalesce(revoked_at, $3) where shop_id = $1 and name = $2
    returning 1
)
select count(*) from revoked");

query!(API_KEY_USED Write (BYTEA, TIMESTAMPTZ) "
update api_keys set last_used_at = greatest(last_used_at, $2) where hash = $1");

query!(HAS_ANY_API_KEY Read () "select exists (select from api_keys)");
