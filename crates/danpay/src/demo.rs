//! `danpay demo`: a shop, the server and the sandbox in one process, so that anyone buys a
//! 초코파이 a minute after cloning.

mod buy;
mod shop;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use danpay_server::{Clock, Config, LogFormat};
use kakaopay_sandbox::Sandbox;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::beside_sandbox::{BesideSandbox, bind};
use crate::{as_shop, log, serve, start};
use shop::ShopSettings;

/// Buy a 초코파이: a shop, the server and the sandbox at once
///
/// Prints the shop's address. Nothing leaves this machine and no money moves.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shop's port
    #[arg(long, default_value_t = 7700)]
    shop_port: u16,
    /// The payment server's port
    #[arg(long, default_value_t = 7701)]
    port: u16,
    /// The sandbox's port
    #[arg(long, default_value_t = 7702)]
    sandbox_port: u16,
    /// The payment server's database [default: a file in a temporary folder]
    #[arg(long)]
    database: Option<String>,
    /// A payment server that runs already: the shop alone is started, with the key in `DANPAY_API_KEY`
    #[arg(long, value_name = "URL", requires = "sandbox", conflicts_with = "buy")]
    server: Option<String>,
    /// The sandbox of that server
    #[arg(long, value_name = "URL", requires = "server")]
    sandbox: Option<String>,
    /// Where payers find that server and its sandbox, if at other addresses
    #[arg(long, value_name = "URL", requires = "server")]
    payers: Vec<String>,
    /// The address at which the shop listens and payers find it, if it is alone
    #[arg(long, value_name = "ADDRESS", requires = "server")]
    listen: Option<SocketAddr>,
    /// Buy one as a payer would, print each step, and end with 0 only if it is paid
    #[arg(long)]
    buy: bool,
    /// What is logged
    #[arg(long, env = "DANPAY_LOG", default_value = "warn")]
    log: String,
}

/// All three, running.
struct Demo {
    shop_url: String,
    server_url: String,
    sandbox: Sandbox,
    api_key: SecretString,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    log::start(&args.log, LogFormat::Text, None)?;
    serve::install_tls();
    if let (Some(server), Some(sandbox)) = (&args.server, &args.sandbox) {
        return alone(&args, server, sandbox).await;
    }
    let stop = start::stop_signal()?;
    let shop = bind(args.shop_port, "--shop-port").await?;
    let server = bind(args.port, "--port").await?;
    let sandbox = bind(args.sandbox_port, "--sandbox-port").await?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let database = args
        .database
        .unwrap_or_else(|| format!("sqlite:{}", folder.path().join("demo.db").display()));

    let config = Config {
        database_url: database.into(),
        home_url: Some(url(&shop)?),
        ..Config::default()
    };
    let BesideSandbox {
        server: danpay,
        server_url,
        sandbox,
        api_key,
    } = BesideSandbox::open(&server, sandbox, config).await?;
    let demo = Demo {
        shop_url: url(&shop)?,
        server_url,
        sandbox,
        api_key,
    };

    let stopping = CancellationToken::new();
    let serving = danpay.run(server, stopping.clone().cancelled_owned());
    let settings = ShopSettings {
        url: demo.shop_url.clone(),
        server_url: demo.server_url.clone(),
        api_key: demo.api_key.clone(),
        sandbox_url: demo.sandbox.url().to_owned(),
        clock: Box::new(demo.sandbox.clock()),
        ways: vec![demo.server_url.clone(), demo.sandbox.url().to_owned()],
    };
    let selling = shop::serve(shop, settings, stopping.clone().cancelled_owned());
    let using = async {
        let done = if args.buy {
            buy::buy(&demo).await
        } else {
            welcome(&demo);
            stop.await;
            Ok(())
        };
        stopping.cancel();
        done
    };
    let ((), sold, used) = tokio::join!(serving, selling, using);
    demo.sandbox.stop().await;
    used.and(sold)
}

/// The shop, beside a server and a sandbox that run elsewhere.
async fn alone(args: &Args, server: &str, sandbox: &str) -> Result<()> {
    let stop = start::stop_signal()?;
    let api_key = as_shop::api_key()?;
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, args.shop_port));
    let listen = args.listen.unwrap_or(here);
    let listener = start::bind(listen, "--listen").await?;
    let url = url(&listener)?;
    crate::print(&format!("초코파이 가게 (shop): {url}"))?;
    let mut ways = vec![server.to_owned(), sandbox.to_owned()];
    ways.extend(args.payers.iter().cloned());
    let settings = ShopSettings {
        url,
        server_url: server.trim_end_matches('/').to_owned(),
        api_key,
        sandbox_url: sandbox.trim_end_matches('/').to_owned(),
        clock: Box::new(|| Clock::system().now()),
        ways,
    };
    shop::serve(listener, settings, stop).await
}

fn welcome(demo: &Demo) {
    // The ports may be the chosen ones, so it is of use unread.
    let _ = crate::print(&format!(
        "초코파이 가게 (shop):       {}\n\
         결제 서버 (danpay serve):   {}\n\
         카카오페이 샌드박스:        {}/_sandbox/\n\
         끝내려면 Ctrl+C. 실제 돈은 움직이지 않습니다. (Ctrl+C ends it; no money moves.)",
        demo.shop_url,
        demo.server_url,
        demo.sandbox.url()
    ));
}

fn url(listener: &TcpListener) -> Result<String> {
    let address = listener.local_addr().context("a listener has no address")?;
    Ok(format!("http://{address}"))
}
