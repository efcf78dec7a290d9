//! What a cluster may differ in.

/// How a cluster is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether what is committed survives the machine's power: off makes tests quick, and what is
    /// measured worthless.
    pub fsync: bool,
    /// Whether it takes encrypted connections, with a certificate for `localhost`.
    pub tls: bool,
    /// Lines of `postgresql.conf` besides, such as `ssl = on`.
    pub more: Vec<String>,
}

impl Settings {
    /// For tests: no flush of the disk.
    pub fn quick() -> Self {
        Self {
            fsync: false,
            tls: false,
            more: Vec::new(),
        }
    }

    /// For measuring, and for tests that cut the power: every commit is flushed.
    pub fn durable() -> Self {
        Self {
            fsync: true,
            ..Self::quick()
        }
    }

    /// With TLS; see [`Cluster::authority`](crate::Cluster::authority).
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// With one more line of `postgresql.conf`.
    #[must_use]
    pub fn with(mut self, line: impl Into<String>) -> Self {
        self.more.push(line.into());
        self
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "max_connections = 300".to_owned(),
            "shared_buffers = 128MB".to_owned(),
            "log_min_messages = warning".to_owned(),
        ];
        if !self.fsync {
            // What was committed still outlives a killed server: the system has it.
            lines.extend([
                "fsync = off".to_owned(),
                "full_page_writes = off".to_owned(),
            ]);
        }
        if self.tls {
            lines.push("ssl = on".to_owned());
        }
        lines.extend(self.more.iter().cloned());
        lines
    }
}
