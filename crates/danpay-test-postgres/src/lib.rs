//! A temporary PostgreSQL cluster for tests and measurements: started in a second, killed and
//! restarted at will, gone with the process that wanted it; alone, or as nodes that fail over.
//!
//! **Invariant**: whatever becomes of the process (a failed test, a panic, SIGKILL), its cluster is
//! stopped and its folder removed: a watchdog of the cluster's own waits for the process to end.
//! Nobody but this machine's own processes can reach it, and over TCP only with the password.

mod binaries;
mod bouncer;
mod certificates;
mod cluster;
mod owner;
mod patroni;
mod processes;
mod settings;
mod watchdog;

pub use bouncer::Bouncer;
pub use cluster::Cluster;
pub use patroni::{Patroni, Takeover};
pub use settings::Settings;
