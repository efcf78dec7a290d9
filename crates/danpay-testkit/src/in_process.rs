//! danpay and a sandbox in this process, on ports and a database of their own.
//! The sandbox's clock is the server's too.

use anyhow::{Context as _, Result, ensure};
use danpay_client::{Builder, Danpay, Payment, PaymentStatus};
use danpay_server::{Clock, Config, Role, Server};
use kakaopay_sandbox::Sandbox;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Made up: the sandbox takes any key. KakaoPay's own have this form.
const SECRET_KEY: &str = "DEV00000000000000000000000000000000000TEST";

/// danpay, serving.
pub struct Served {
    /// KakaoPay's side.
    pub sandbox: Sandbox,
    /// Where danpay is.
    pub url: String,
    api_key: SecretString,
    browser: reqwest::Client,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

/// Starts both.
pub async fn serve() -> Result<Served> {
    // Fails when another test of this process was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = Sandbox::builder().start().await?;
    let folder = tempfile::tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let database = folder.path().join("danpay.db");
    let config = Config {
        listen: listener.local_addr()?,
        database_url: format!("sqlite:{}", database.display()).into(),
        kakaopay_secret_key: Some(SECRET_KEY.into()),
        kakaopay_base_url: sandbox.url().to_owned(),
        drain_seconds: Some(0),
        ..Config::default()
    };
    let server = Server::open(&config, Clock::from_fn(sandbox.clock())).await?;
    let shop = server.first_shop().await?;
    let api_key = server.create_api_key(shop, "test", Role::Full).await?;
    let stopping = CancellationToken::new();
    let serving = tokio::spawn(server.run(listener, stopping.clone().cancelled_owned()));
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .no_proxy()
        .build()?;
    Ok(Served {
        sandbox,
        url: config.public_url()?,
        api_key,
        browser,
        stopping,
        serving,
        _folder: folder,
    })
}

impl Served {
    /// A client of the shop's, to be set up further.
    pub fn builder(&self) -> Builder {
        Danpay::builder(&self.url, self.api_key.clone())
    }

    /// A client of the shop's.
    pub fn client(&self) -> Result<Danpay> {
        Ok(self.builder().build()?)
    }

    /// The payer pays by card, and comes back.
    pub async fn pay(&self, payment: &Payment) -> Result<()> {
        let back = self.sandbox.play(&payment.tid, "pays_by_card")?;
        let answer = self.browser.get(back).send().await?;
        let status = answer.status();
        ensure!(status.is_redirection(), "the payer is answered {status}");
        Ok(())
    }

    /// The payment once it has this status; the server answers, so this ends.
    pub async fn until(&self, payment: &Payment, status: PaymentStatus) -> Result<Payment> {
        let danpay = self.client()?;
        let asking = async {
            loop {
                let payment = danpay.payment(&payment.id).await?;
                if payment.status == status {
                    return anyhow::Ok(payment);
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let asked = tokio::time::timeout(std::time::Duration::from_secs(30), asking);
        asked.await.with_context(|| format!("it is not {status}"))?
    }

    /// Stops both.
    pub async fn stop(self) -> Result<()> {
        self.stopping.cancel();
        self.serving.await?;
        self.sandbox.stop().await;
        Ok(())
    }
}
