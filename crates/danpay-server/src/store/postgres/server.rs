//! What the servers need for themselves, and the maintenance of the database.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::values::Instant;
use super::{OnPostgres, Postgres, count, only, partitions, prune, queries, uuid};
use crate::store::StoreError;
use crate::store::rows::corrupt;
use crate::store::server::{
    ClearRestored, MarkRestored, NewestRestored, PrepareAhead, Probe, Prune, PruneKeys,
    PruneProbes, ServerKey,
};

impl OnPostgres for ServerKey {
    async fn on_postgres(self, database: &Postgres) -> Result<[u8; 32], StoreError> {
        let Self { name, new } = self;
        let new = new.as_slice();
        database
            .rows(&queries::ADD_SERVER_KEY, &[&name, &new])
            .await?;
        let row = database.row(&queries::SERVER_KEY, &[&name]).await?;
        let key: Vec<u8> = only(&row)?;
        key.try_into()
            .map_err(|_| corrupt("server_keys", name, "not 32 bytes"))
    }
}

impl OnPostgres for NewestRestored {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Timestamp>, StoreError> {
        let rows = database.rows(&queries::NEWEST_RESTORED, &[]).await?;
        let newest = rows.first().map(only::<Instant>).transpose()?;
        Ok(newest.map(|Instant(at)| at))
    }
}

impl OnPostgres for MarkRestored {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let at = Instant(self.at);
        database.rows(&queries::MARK_RESTORED, &[&at]).await?;
        Ok(())
    }
}

impl OnPostgres for ClearRestored {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        database.rows(&queries::CLEAR_RESTORED, &[]).await?;
        Ok(())
    }
}

impl OnPostgres for Probe {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let (server, at) = (uuid(&self.server), Instant(self.at));
        database.rows(&queries::PROBE, &[&server, &at]).await?;
        Ok(())
    }
}

impl OnPostgres for PruneProbes {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let before = Instant(self.before);
        database.rows(&queries::PRUNE_PROBES, &[&before]).await?;
        Ok(())
    }
}

impl OnPostgres for PrepareAhead {
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let mut connection = database.inner.pool.connection().await?;
        Ok(partitions::make_ahead(&mut connection, self.now).await?)
    }
}

impl OnPostgres for Prune {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        let mut connection = database.inner.pool.connection().await?;
        prune::prune(&mut connection, self.before).await
    }
}

impl OnPostgres for PruneKeys {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&Instant(self.before), &i64::from(self.most)];
        count(&database.row(&queries::PRUNE_KEYS, &values).await?)
    }
}
