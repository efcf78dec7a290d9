//! Runs a sandbox until Ctrl-C: `cargo run -p kakaopay-sandbox --example sandbox [ADDRESS]`.

use std::error::Error;
use std::net::SocketAddr;

use kakaopay_sandbox::Sandbox;

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "telling its address is what this program is for"
)]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen: SocketAddr = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:7702".to_owned())
        .parse()?;
    let sandbox = Sandbox::builder().listen(listen).start().await?;
    println!("KakaoPay's side is at {}", sandbox.url());
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
