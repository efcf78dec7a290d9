//! `danpay sandbox`: KakaoPay's side, offline.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use kakaopay_sandbox::{CancelVat, Sandbox, SandboxBuilder};

use crate::ready_file::ReadyFile;
use crate::{log, start};

/// What the clock shows with `--frozen` alone.
const FROZEN_AT: &str = "2024-07-30T11:50:27Z";

/// Run KakaoPay's side of a payment, offline
///
/// Set your client's base URL to the address that it prints; any secret key is taken.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7702")]
    listen: SocketAddr,
    /// The port to listen on instead; 0 takes a free one
    #[arg(long)]
    port: Option<u16>,
    /// A file that its address is written to once it listens; only its owner may read it
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Where clients and browsers reach it [default: http:// and the address it listens on]
    #[arg(long)]
    public_url: Option<String>,
    /// A host name under which /_sandbox may be asked, beside this machine's own; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Let phones on the same network open the payer's pages; /_sandbox stays for this machine
    #[arg(long)]
    lan: bool,
    #[command(flatten)]
    merchant: Merchant,
    /// Fixes every id, every token and which calls chance lets fail
    #[arg(long)]
    seed: Option<u64>,
    /// Stops the clock, at this instant if one is given; POST /_sandbox/clock moves it
    #[arg(long, value_name = "INSTANT", num_args = 0..=1, default_missing_value = FROZEN_AT)]
    frozen: Option<Timestamp>,
    /// A folder that the state is kept in, so that it survives a restart
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A JSON list of faults that wait from the start
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// How many payments are kept before the oldest finished ones leave
    #[arg(long, default_value_t = 10_000)]
    payments_max: usize,
    /// How many calls are taken in a second; a further one is answered 429 [default: all]
    #[arg(long, value_name = "N")]
    calls_per_second: Option<u32>,
    /// Do not print each call
    #[arg(long)]
    quiet: bool,
    /// What is logged
    #[arg(long, env = "DANPAY_LOG", default_value = "info")]
    log: String,
}

/// What KakaoPay agreed with the merchant.
#[derive(clap::Args)]
struct Merchant {
    /// The only secret key to accept [default: any]
    #[arg(long)]
    secret_key: Option<String>,
    /// A merchant code for one-time payments, instead of the test codes; may be repeated
    #[arg(long)]
    cid: Vec<String>,
    /// A merchant code for subscriptions, instead of the test codes; may be repeated
    #[arg(long)]
    subscription_cid: Vec<String>,
    /// The secret that calls of a merchant code have to carry; may be repeated
    #[arg(long, value_name = "CID=SECRET", value_parser = cid_secret)]
    cid_secret: Vec<(String, String)>,
    /// Registered origins of the shop, such as `https://shop.example` [default: any]
    #[arg(long, value_delimiter = ',')]
    origins: Vec<String>,
    /// Serve the predecessor's API (/v1/payment/*, `KakaoAK`, forms) as well
    #[arg(long)]
    legacy: bool,
    /// What becomes of a `cancel_vat_amount` that does not fit: -722, or the fitting one is taken
    #[arg(long, default_value = "strict")]
    cancel_vat: VatRule,
    /// Answer 401 without a body, as some HTTP clients see it
    #[arg(long)]
    empty_401: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum VatRule {
    Strict,
    Lenient,
}

fn cid_secret(given: &str) -> Result<(String, String), String> {
    let (cid, secret) = given.split_once('=').ok_or("expected CID=SECRET")?;
    Ok((cid.to_owned(), secret.to_owned()))
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let level = if args.quiet { "warn" } else { &args.log };
    log::start(level, danpay_server::LogFormat::Text, None)?;
    let stop = start::stop_signal()?;
    let ready_file = ReadyFile::cleared(args.ready_file);
    let (mut listen, mut change) = (args.listen, "--listen");
    if let Some(port) = args.port {
        listen.set_port(port);
        change = "--port";
    }
    if args.lan && listen.ip().is_loopback() {
        listen.set_ip(Ipv4Addr::UNSPECIFIED.into());
    }
    let listener = start::bind(listen, change).await?;
    let port = listener.local_addr()?.port();
    let mut builder = Sandbox::builder()
        .listener(listener)
        .payments_max(args.payments_max)
        .log_calls();
    if let Some(most) = args.calls_per_second {
        builder = builder.calls_per_second(most);
    }
    let lan = if args.lan {
        Some(on_the_network(port)?)
    } else {
        None
    };
    if let Some(url) = args.public_url.or(lan) {
        builder = builder.public_url(url);
    }
    if args.lan {
        builder = builder.lan();
    }
    builder = (args.allow_host.into_iter()).fold(builder, SandboxBuilder::allow_host);
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(at) = args.frozen {
        builder = builder.frozen_at(at);
    }
    if let Some(dir) = args.data {
        builder = builder.data_dir(dir);
    }
    if let Some(file) = args.faults {
        builder = builder.faults_file(file);
    }
    let sandbox = args.merchant.applied_to(builder).start().await?;
    ready_file.tell(sandbox.url())?;
    // The address may be the chosen one, or read from the ready file.
    let url = sandbox.url();
    let desk = desk(sandbox.addr(), url);
    let _ = crate::print(&format!(
        "KakaoPay sandbox: {url}\n시험 화면 (desk):  {desk}/_sandbox/"
    ));
    stop.await;
    sandbox.stop().await;
    Ok(())
}

/// The address of this machine by which others on its network reach it. Asking for the way sends
/// nothing; the address that is asked for is one of documentation (RFC 5737).
fn on_the_network(port: u16) -> Result<String> {
    let way = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    };
    let ip = way()
        .context("this machine has no network for --lan; give --public-url")?
        .ip();
    Ok(format!("http://{}", SocketAddr::new(ip, port)))
}

/// Where this machine opens the desk, wherever else the sandbox is reached.
fn desk(listens_on: SocketAddr, url: &str) -> String {
    match listens_on.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://127.0.0.1:{}", listens_on.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://[::1]:{}", listens_on.port()),
        _ => url.to_owned(),
    }
}

impl Merchant {
    fn applied_to(self, mut builder: SandboxBuilder) -> SandboxBuilder {
        if let Some(key) = self.secret_key {
            builder = builder.secret_key(key);
        }
        if self.legacy {
            builder = builder.legacy();
        }
        if self.cancel_vat == VatRule::Lenient {
            builder = builder.cancel_vat(CancelVat::Lenient);
        }
        if self.empty_401 {
            builder = builder.empty_401();
        }
        builder = self.cid.into_iter().fold(builder, SandboxBuilder::cid);
        builder =
            (self.subscription_cid.into_iter()).fold(builder, SandboxBuilder::subscription_cid);
        builder = (self.cid_secret.into_iter()).fold(builder, |builder, (cid, secret)| {
            builder.cid_secret(cid, secret)
        });
        (self.origins.into_iter()).fold(builder, SandboxBuilder::origin)
    }
}
