//! A line to KakaoPay without a network: it gives the answers that a test has put there, one after the
//! other, and keeps what was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kakaopay::{
    ApiEndpoint, ApproveRequest, CancelRequest, Error, KakaoPay, OrderRequest, Tid, Transport,
    TransportError, TransportFuture, TransportRequest, TransportResponse,
};
use serde_json::{Value, json};

/// One question.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) endpoint: ApiEndpoint,
    pub(crate) key: String,
    pub(crate) body: Value,
}

/// Clones are one and the same.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: VecDeque<Said>,
    asked: Vec<Asked>,
}

impl Line {
    pub(crate) fn with(answers: impl IntoIterator<Item = Said>) -> Self {
        let line = Self::default();
        line.state().answers.extend(answers);
        line
    }

    pub(crate) fn client(&self, key: &str) -> KakaoPay {
        let client = KakaoPay::builder(key).transport(self.clone()).build();
        client.unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// With which keys it was asked.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.key).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Transport for Line {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        let mut state = self.state();
        state.asked.push(Asked {
            endpoint: request.endpoint,
            key: request.secret_key.expose().to_owned(),
            body: serde_json::from_slice(&request.body).unwrap(),
        });
        let said = state.answers.pop_front();
        let said = said.expect("one question more than answers");
        Box::pin(async {
            match said {
                Said::This(response) => Ok(response),
                Said::NotSent => Err(TransportError::NotSent("no connection".into())),
                Said::Lost => Err(TransportError::Unknown("timed out".into())),
            }
        })
    }
}

/// What comes of a question.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    This(TransportResponse),
    /// There was no connection.
    NotSent,
    /// It was sent, and no answer came.
    Lost,
}

pub(crate) fn says(status: u16, body: impl Into<String>) -> Said {
    Said::This(TransportResponse::new(status, body.into()))
}

pub(crate) fn yes(body: &Value) -> Said {
    says(200, body.to_string())
}

/// A documented code with the status that it is documented with.
pub(crate) fn no(code: i32) -> Said {
    let info = kakaopay::error_code::describe(code).unwrap();
    says(info.http_status, format!("{{\"error_code\":{code}}}"))
}

/// A no of the bank's or the card company's.
pub(crate) fn method_no(code: i32, result: &str) -> Said {
    let extras = json!({ "method_result_code": result, "method_result_message": "승인 거절" });
    let body = json!({ "error_code": code, "extras": extras });
    says(400, body.to_string())
}

pub(crate) fn quota_is_used_up(retry_after: Option<u64>) -> Said {
    let mut answer = TransportResponse::new(429, "{\"error_code\":-429}");
    answer.retry_after = retry_after.map(Duration::from_secs);
    Said::This(answer)
}

/// What the SDK makes of an answer to a call.
pub(crate) async fn failed(endpoint: ApiEndpoint, said: Said) -> Error {
    let client = Line::with([said]).client("DEV");
    let tid = Tid::issued("T1");
    match endpoint {
        ApiEndpoint::Approve => {
            let (order, user) = ("1".try_into().unwrap(), "1".try_into().unwrap());
            let request = ApproveRequest::new(tid, order, user, "token".try_into().unwrap());
            client.approve(&request).await.unwrap_err()
        }
        ApiEndpoint::Cancel => {
            let request = CancelRequest::new(tid, 1, 0);
            client.cancel(&request).await.unwrap_err()
        }
        ApiEndpoint::Order => client.order(&OrderRequest::new(tid)).await.unwrap_err(),
        other => unreachable!("nothing here asks {other} so"),
    }
}
