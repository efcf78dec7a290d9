//! API keys.

use danpay_core::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::Place;
use super::values::Instant;
use super::{OnPostgres, Postgres, count, only, queries, uuid};
use crate::store::StoreError;
use crate::store::keys::{Add, AnyEver, ApiKey, OfShop, Revoke, Used, WithHash};
use crate::store::rows::word;

impl OnPostgres for Add {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let Self { hash, key } = self;
        let role = word("api_keys", &key.name, &key.role)?;
        let values: [&(dyn ToSql + Sync); 6] = [
            &hash.as_slice(),
            &uuid(key.shop_id.as_bytes()),
            &key.name,
            &role,
            &Instant(key.created_at),
            &key.expires_at.map(Instant),
        ];
        Ok(count(&database.row(&queries::ADD_API_KEY, &values).await?)? == 1)
    }
}

impl OnPostgres for WithHash {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<ApiKey>, StoreError> {
        let rows = database
            .rows(&queries::API_KEY, &[&self.0.as_slice()])
            .await?;
        rows.first().map(read).transpose()
    }
}

impl OnPostgres for OfShop {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<ApiKey>, StoreError> {
        let shop_id = uuid(self.0.as_bytes());
        let rows = database.rows(&queries::API_KEYS, &[&shop_id]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    let (table, id) = ("api_keys", "?");
    let name: String = Place { table, id, row }.get("name")?;
    let id = name.as_str();
    let place = Place { table, id, row };
    let shop_id: Uuid = place.get("shop_id")?;
    Ok(ApiKey {
        shop_id: ShopId::from_bytes(shop_id.into_bytes()),
        role: place.word("role")?,
        created_at: place.time("created_at")?,
        expires_at: place.optional_time("expires_at")?,
        revoked_at: place.optional_time("revoked_at")?,
        last_used_at: place.optional_time("last_used_at")?,
        name: name.clone(),
    })
}

impl OnPostgres for Revoke {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let shop_id = uuid(self.shop_id.as_bytes());
        let values: [&(dyn ToSql + Sync); 3] = [&shop_id, &self.name, &Instant(self.at)];
        Ok(count(&database.row(&queries::REVOKE_API_KEY, &values).await?)? == 1)
    }
}

impl OnPostgres for Used {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&self.hash.as_slice(), &Instant(self.at)];
        database.rows(&queries::API_KEY_USED, &values).await?;
        Ok(())
    }
}

impl OnPostgres for AnyEver {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        only(&database.row(&queries::HAS_ANY_API_KEY, &[]).await?)
    }
}
