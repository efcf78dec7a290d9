//! A message as it comes: a request whose signature is by Standard Webhooks 1.0.
//! Invariant: nothing of danpay's own code reads it.

use std::io::{Error, ErrorKind, Result};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

/// Far longer than any head or body may be.
const LINE_BYTES: usize = 8 * 1024;
const BODY_BYTES: usize = 128 * 1024;
/// A message is signed as it is sent, and then takes at most twenty seconds.
const FRESH_S: i64 = 30;

/// What came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) path: String,
    /// The event's id.
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: String,
}

/// What its body says.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) r#type: String,
    pub(super) timestamp: Timestamp,
    pub(super) data: Value,
    pub(super) sequence: u32,
}

impl Message {
    /// The next one of a connection; nothing, if it has ended.
    pub(super) async fn read(from: &mut BufReader<TcpStream>) -> Result<Option<Self>> {
        let first = line(from).await?;
        let Some(path) = first.split(' ').nth(1) else {
            return Ok(None);
        };
        let mut message = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        let mut length = 0;
        loop {
            let header = line(from).await?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => message.id = value,
                "webhook-timestamp" => message.timestamp = value,
                "webhook-signature" => message.signature = value,
                "content-length" => length = value.parse().unwrap_or(usize::MAX),
                _ => {}
            }
        }
        if length > BODY_BYTES {
            return Err(Error::new(ErrorKind::InvalidData, "a long body"));
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body).await?;
        message.body = String::from_utf8_lossy(&body).into_owned();
        Ok(Some(message))
    }

    /// What is wrong with it, for whoever has this secret.
    pub(super) fn complaint(&self, secret: &str, now: Timestamp) -> Option<&'static str> {
        let key = secret.strip_prefix("whsec_");
        let key = key.and_then(|key| BASE64_STANDARD.decode(key).ok());
        let Some(mut mac) = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok()) else {
            return Some("the secret is none");
        };
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.body).as_bytes());
        let code = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        if self.signature != format!("v1,{code}") {
            return Some("its signature is wrong");
        }
        let signed_at: Option<i64> = self.timestamp.parse().ok();
        let is_fresh = signed_at.is_some_and(|at| (now.as_second() - at).abs() <= FRESH_S);
        (!is_fresh).then_some("it was not signed just now")
    }
}

/// Without its end.
async fn line(from: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    let most = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX);
    from.take(most).read_line(&mut line).await?;
    line.truncate(line.trim_end().len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message that the reference libraries of Standard Webhooks are tested with.
    #[test]
    fn a_signature_is_right_or_wrong() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let mut message = Message {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            timestamp: "1614265330".to_owned(),
            signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned(),
            body: r#"{"test": 2432232314}"#.to_owned(),
            ..Message::default()
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(message.complaint(secret, at(1_614_265_340)), None);
        let late = message.complaint(secret, at(1_614_265_400));
        assert_eq!(late, Some("it was not signed just now"));
        message.body.push(' ');
        let wrong = message.complaint(secret, at(1_614_265_340));
        assert_eq!(wrong, Some("its signature is wrong"));
    }
}
