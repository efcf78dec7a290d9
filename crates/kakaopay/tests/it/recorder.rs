//! A transport without a network: it keeps what was sent and answers what it was given.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kakaopay::{KakaoPay, Transport, TransportFuture, TransportRequest, TransportResponse};
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Recorder {
    answer: TransportResponse,
    sent: Arc<Mutex<Vec<TransportRequest>>>,
}

impl Recorder {
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        Self {
            answer: TransportResponse::new(status, body.to_owned()),
            sent: Arc::default(),
        }
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.answer.retry_after = Some(wait);
        self
    }

    pub(crate) fn client(&self) -> KakaoPay {
        KakaoPay::builder("DEV_KEY")
            .transport(self.clone())
            .build()
            .unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<TransportRequest> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        let requests = self.requests();
        requests
            .iter()
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }
}

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        self.sent.lock().unwrap().push(request);
        Box::pin(async { Ok(self.answer.clone()) })
    }
}
