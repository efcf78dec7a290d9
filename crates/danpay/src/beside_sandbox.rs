//! A server and a sandbox in one process, with one clock: what `danpay demo` and `danpay dev` stand on.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use danpay_server::{Clock, Config, Role, Server};
use kakaopay_sandbox::Sandbox;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::start;

/// Webhooks go to this machine, by http and to any port.
const WEBHOOK_NETWORKS: [&str; 3] = ["127.0.0.0/8", "::1", "localhost"];

/// Made up: the sandbox takes any key. KakaoPay's own have this form.
const SECRET_KEY: &str = "DEV0000000000000000000000000000000000DEMO";

/// The two, and a key of the server's API that is new.
pub(crate) struct BesideSandbox {
    pub(crate) server: Server,
    pub(crate) server_url: String,
    pub(crate) sandbox: Sandbox,
    pub(crate) api_key: SecretString,
}

impl BesideSandbox {
    /// Opens the database, and reads no other settings than these. The server does not run yet.
    pub(crate) async fn open(
        server: &TcpListener,
        sandbox: TcpListener,
        config: Config,
    ) -> Result<Self> {
        let sandbox = Sandbox::builder().listener(sandbox).start().await?;
        let config = Config {
            listen: server
                .local_addr()
                .context("the server's listener has no address")?,
            kakaopay_secret_key: Some(SECRET_KEY.into()),
            kakaopay_base_url: sandbox.url().to_owned(),
            webhook_networks: WEBHOOK_NETWORKS.map(str::to_owned).to_vec(),
            ..config
        };
        // Moving the sandbox's time lets payments expire at the server too.
        let server = Server::open(&config, Clock::of_tests(sandbox.clock())).await?;
        Ok(Self {
            server_url: config.public_url()?,
            api_key: api_key(&server).await?,
            server,
            sandbox,
        })
    }
}

async fn api_key(server: &Server) -> Result<SecretString> {
    let shop_id = server.first_shop().await?;
    // A database that was kept has those of earlier runs.
    let name = format!("beside a sandbox {}", Clock::system().now());
    Ok(server.create_api_key(shop_id, &name, Role::Full).await?)
}

/// A port of this machine alone; `change` is what chooses another.
pub(crate) async fn bind(port: u16, change: &str) -> Result<TcpListener> {
    start::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), change).await
}
