//! A payer's browser in a few lines: GETs to a shop on this machine, without cookies.
//! Invariant: it goes nowhere but to plain HTTP on loopback and always ends.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

/// A shop calls approve meanwhile, which may take KakaoPay's own 11 seconds and more.
const DEADLINE: Duration = Duration::from_secs(30);
/// The head is all that is wanted.
const READ_MAX: u64 = 64 * 1024;

/// As many as browsers follow.
const REDIRECTS_MAX: usize = 20;

/// What the shop answered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Visit {
    pub(crate) status: u16,
    /// Where the shop sends the browser next.
    pub(crate) location: Option<String>,
}

/// Where a browser ended.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Trail {
    /// What the last address answered. It still has a location when that is not on this machine.
    #[serde(flatten)]
    pub(crate) last: Visit,
    /// The address that answered it.
    pub(crate) address: String,
    /// How many redirects led there.
    pub(crate) redirects: usize,
}

/// Visits an address and goes wherever the shop sends the browser, for as long as that is on this
/// machine. The error is for people.
pub(crate) async fn follow(address: &str) -> Result<Trail, String> {
    let following = tokio::time::timeout(DEADLINE, follow_on(address));
    following
        .await
        .unwrap_or_else(|_| Err("the shop did not answer in time".to_owned()))
}

async fn follow_on(address: &str) -> Result<Trail, String> {
    let mut here = Url::parse(address).map_err(|error| error.to_string())?;
    for redirects in 0..=REDIRECTS_MAX {
        let last = visit(here.as_str()).await?;
        let next = last
            .location
            .as_deref()
            .filter(|_| (300..400).contains(&last.status));
        let next = next.and_then(|location| here.join(location).ok());
        match next.filter(|next| next.scheme() == "http" && loopback(next).is_some()) {
            Some(next) => here = next,
            None => {
                return Ok(Trail {
                    last,
                    address: here.into(),
                    redirects,
                });
            }
        }
    }
    Err(format!(
        "the shop redirects more than {REDIRECTS_MAX} times"
    ))
}

/// The error is for people.
pub(crate) async fn visit(address: &str) -> Result<Visit, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if url.scheme() != "http" {
        return Err(format!("only http:// is followed, not {}://", url.scheme()));
    }
    let shop = loopback(&url).ok_or("only a shop on this machine (loopback) is followed")?;
    let visit = tokio::time::timeout(DEADLINE, get(&url, &shop));
    match visit.await {
        Ok(Ok(head)) => read(&head).ok_or_else(|| "the shop's answer is no HTTP".to_owned()),
        Ok(Err(error)) => Err(format!("the shop could not be reached: {error}")),
        Err(_) => Err("the shop did not answer in time".to_owned()),
    }
}

/// `localhost` may be either of two addresses.
fn loopback(url: &Url) -> Option<Vec<SocketAddr>> {
    let port = url.port_or_known_default()?;
    let hosts: Vec<IpAddr> = match url.host()? {
        Host::Ipv4(ip) if ip.is_loopback() => vec![ip.into()],
        Host::Ipv6(ip) if ip.is_loopback() => vec![ip.into()],
        Host::Domain("localhost") => vec![[127, 0, 0, 1].into(), [0, 0, 0, 0, 0, 0, 0, 1].into()],
        _ => return None,
    };
    Some(hosts.into_iter().map(|ip| (ip, port).into()).collect())
}

async fn get(url: &Url, shop: &[SocketAddr]) -> io::Result<Vec<u8>> {
    let mut line = TcpStream::connect(shop).await?;
    let path = url.path();
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let host = url.authority();
    let request = format!(
        "GET {path}{query} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    );
    line.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    line.take(READ_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

fn read(answer: &[u8]) -> Option<Visit> {
    let answer = String::from_utf8_lossy(answer);
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let location = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.trim().to_owned())
    });
    Some(Visit { status, location })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_but_this_machine_is_visited() {
        for address in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://shop.example/",
            "http://localhost.example/",
            "myshop://approve",
            "file:///etc/passwd",
            "nothing",
        ] {
            assert!(visit(address).await.is_err(), "{address}");
        }
    }

    #[test]
    fn status_and_location_are_read_from_the_head() {
        let answer = b"HTTP/1.1 303 See Other\r\nLOCATION: /done\r\n\r\n";
        let visit = Visit {
            status: 303,
            location: Some("/done".to_owned()),
        };
        assert_eq!(read(answer), Some(visit));
        assert_eq!(read(b"no http"), None);
    }
}
