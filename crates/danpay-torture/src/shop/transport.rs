//! A client whose transport repeats a request by itself, as the JDK's `HttpURLConnection` repeats a
//! POST whose connection was lost: byte for byte the same, and its shop does not know.

use std::io::Result;
use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::plan::Repeat;
use crate::question::{Answer, Question};
use crate::world::{NO_CONNECTION, World, patience};

/// What is answered, and whether both requests went out.
pub(super) async fn ask_twice(
    world: &World,
    question: &Question<'_>,
    (repeat, chance): (Repeat, &mut Chance),
) -> (Vec<Answer>, bool) {
    let patience = patience(chance);
    let request = request(world, question);
    let (first, second) = (world.fleet.address(chance), world.fleet.address(chance));
    let (both, answers) = match repeat {
        Repeat::SideBySide => {
            let (first, second) =
                tokio::join!(send(world, first, &request), send(world, second, &request));
            let both = first.is_ok() && second.is_ok();
            let (first, second) = tokio::join!(read(first, patience), read(second, patience));
            (both, [first, second])
        }
        Repeat::AfterALoss(after) => {
            let lost = send(world, first, &request).await;
            sleep(after).await;
            let sent = lost.is_ok();
            drop(lost);
            let second = send(world, second, &request).await;
            let both = sent && second.is_ok();
            (both, [None, read(second, patience).await])
        }
    };
    let answers = answers.into_iter().flatten();
    let heard = answers.filter_map(|(status, text)| world.heard(question.path, status, &text));
    (heard.collect(), both)
}

fn request(world: &World, question: &Question<'_>) -> String {
    let Question {
        method,
        path,
        key,
        body,
        ..
    } = question;
    let body = body.map(ToString::to_string).unwrap_or_default();
    let key = key.map(|key| format!("idempotency-key: {key}\r\n"));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: danpay\r\nauthorization: Bearer {}\r\n{}\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        world.api_key_for(question),
        key.unwrap_or_default(),
        body.len(),
    )
}

/// A connection by which the request went out, all of it.
async fn send(world: &World, address: &str, request: &str) -> Result<TcpStream> {
    let connected = TcpStream::connect(address).await;
    if connected.is_err() {
        world.count(NO_CONNECTION);
    }
    let mut connection = connected?;
    connection.write_all(request.as_bytes()).await?;
    Ok(connection)
}

/// What comes back in time.
async fn read(sent: Result<TcpStream>, patience: Duration) -> Option<(StatusCode, String)> {
    let mut answer = Vec::new();
    timeout(patience, sent.ok()?.read_to_end(&mut answer))
        .await
        .ok()?
        .ok()?;
    parse(&String::from_utf8_lossy(&answer))
}

/// Only whole answers: what a server that was killed left behind is none.
fn parse(answer: &str) -> Option<(StatusCode, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    let is_whole = length?.trim().parse() == Ok(body.len());
    let status = StatusCode::from_bytes(status.as_bytes()).ok()?;
    is_whole.then(|| (status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_if_it_is_whole() {
        let whole = "HTTP/1.1 409 Conflict\r\ndate: x\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(parse(whole), Some((StatusCode::CONFLICT, "{}".to_owned())));
        for cut in [30, whole.len() - 1] {
            assert_eq!(parse(whole.get(..cut).unwrap()), None);
        }
    }
}
