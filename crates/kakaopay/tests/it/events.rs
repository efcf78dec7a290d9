//! What the feature `tracing` tells of each call.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{filter::LevelFilter, util::SubscriberInitExt};

use crate::{approve_request, lost_answers::ANSWER, recorder::Recorder, tid};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_call_is_told_with_its_outcome_and_without_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = subscriber.set_default();
    let request = approve_request(tid(), "5ecre7");
    let answers = [(200, ANSWER), (500, r#"{"error_message":"no 5ecre7"}"#)];
    for (status, body) in answers {
        let _ = Recorder::answering(status, body)
            .client()
            .approve(&request)
            .await;
    }
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains("DEBUG") && lines[0].contains("endpoint=\"approve\""),
        "{text}"
    );
    assert!(
        lines[1].contains("WARN") && lines[1].contains("outcome=\"unknown\""),
        "{text}"
    );
    assert!(lines.iter().all(|line| line.contains("took_ms=")), "{text}");
    assert!(!text.contains("5ecre7"), "{text}");
}
