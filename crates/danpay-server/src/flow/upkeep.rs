//! What the database has to have ahead of its time is made while the server runs, however long.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Flow;
use crate::limits;

impl Flow {
    /// Looks after the database until `stop`.
    pub(crate) async fn look_after_until(self: Arc<Self>, stop: CancellationToken) {
        loop {
            if let Err(error) = self.store.prepare_ahead(self.clock.now()).await {
                // Nothing fails for it yet, and the next turn is in time.
                tracing::warn!(%error, "nothing could be made ahead in the database");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(limits::DATABASE_AHEAD) => {}
            }
        }
    }
}
