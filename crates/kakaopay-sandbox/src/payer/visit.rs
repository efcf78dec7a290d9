//! A payer's browser in a few lines: GETs to a shop on this machine, without cookies.
//! Invariant: it goes nowhere but to plain HTTP on loopback and always ends.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
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
/// machine. The error is for people: it names who was asked last, and never for what.
pub(crate) async fn follow(address: &str) -> Result<Trail, String> {
    follow_until(address, Instant::now() + DEADLINE).await
}

async fn follow_until(address: &str, deadline: Instant) -> Result<Trail, String> {
    let mut here = Url::parse(address).map_err(|error| error.to_string())?;
    for redirects in 0..=REDIRECTS_MAX {
        let last = visit_until(&here, deadline).await?;
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
    let who = who(&here);
    Err(format!("{who} redirects more than {REDIRECTS_MAX} times"))
}

/// The error is for people.
pub(crate) async fn visit(url: &Url) -> Result<Visit, String> {
    visit_until(url, Instant::now() + DEADLINE).await
}

async fn visit_until(url: &Url, deadline: Instant) -> Result<Visit, String> {
    let who = who(url);
    let shop = loopback(url).filter(|_| url.scheme() == "http");
    let shop = shop.ok_or_else(|| {
        format!("{who} is not followed: only plain http:// on this machine (loopback) is")
    })?;
    let visit = tokio::time::timeout_at(deadline, get(url, &shop));
    match visit.await {
        Ok(Ok(head)) => read(&head).ok_or_else(|| format!("{who} answered no HTTP")),
        Ok(Err(Failed::ToConnect(error))) => Err(format!("{who} could not be reached: {error}")),
        Ok(Err(Failed::Midway(error))) => Err(format!("{who} broke the connection off: {error}")),
        Err(_) => Err(format!("{who} did not answer in time")),
    }
}

/// Who is asked, by scheme, host and port: the path and the query, which has the `pg_token`, are
/// for nobody else, and neither is a password.
fn who(url: &Url) -> String {
    let scheme = url.scheme();
    let Some(host) = url.host_str() else {
        return format!("{scheme}:");
    };
    match url.port_or_known_default() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
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

/// Only one who was reached may have done something.
enum Failed {
    ToConnect(io::Error),
    Midway(io::Error),
}

async fn get(url: &Url, shop: &[SocketAddr]) -> Result<Vec<u8>, Failed> {
    let line = TcpStream::connect(shop).await;
    let line = line.map_err(Failed::ToConnect)?;
    ask(line, url).await.map_err(Failed::Midway)
}

async fn ask(mut line: TcpStream, url: &Url) -> io::Result<Vec<u8>> {
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
            assert!(follow(address).await.is_err(), "{address}");
        }
    }

    #[tokio::test]
    async fn one_who_does_not_answer_in_time_is_named_without_what_was_asked() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = silent.local_addr().unwrap();
        let address = format!("http://{addr}/ok?pg_token=secret");
        let error = follow_until(&address, Instant::now()).await.unwrap_err();
        assert_eq!(error, format!("http://{addr} did not answer in time"));
    }

    #[test]
    fn who_is_asked_is_named_by_scheme_host_and_port_alone() {
        for (address, named) in [
            ("http://localhost/ok?pg_token=1", "http://localhost:80"),
            ("http://me:pw@[::1]:8080/ok", "http://[::1]:8080"),
            ("https://shop.example/ok", "https://shop.example:443"),
            ("myshop://approve?pg_token=1", "myshop://approve"),
            ("myshop:approve?pg_token=1", "myshop:"),
        ] {
            assert_eq!(who(&Url::parse(address).unwrap()), named);
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
