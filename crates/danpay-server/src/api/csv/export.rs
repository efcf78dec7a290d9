//! A file on its way: its lines are read when whoever takes them has room for more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Frame;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use super::cells;
use super::places::Place;
use super::rows::Rows;
use crate::api::Caller;
use crate::api::caller::still_opens;
use crate::app::App;
use crate::http::Problem;
use crate::limits;

/// A file that is being read.
pub(super) struct Export {
    app: App,
    caller: Caller,
    columns: &'static [String],
    /// What is still to be read.
    rows: Option<Rows>,
    /// Once the server stops: until when.
    ends_by: Option<Instant>,
    told: Told,
    _place: Place,
}

/// It ends before its end, and cannot say why: its head is sent.
#[derive(Debug, thiserror::Error)]
#[error("the file was broken off: {0}")]
struct BrokenOff(&'static str);

impl Export {
    pub(super) fn new(app: App, caller: Caller, rows: Rows, place: Place) -> Self {
        Self {
            app,
            caller,
            columns: rows.columns(),
            told: Told::new(rows.name()),
            rows: Some(rows),
            ends_by: None,
            _place: place,
        }
    }

    /// The whole file, of which the first page is read already.
    pub(super) async fn begin(mut self) -> Result<Body, Problem> {
        let mut lines = cells::BYTE_ORDER_MARK.as_bytes().to_vec();
        let head = cells::head(self.columns);
        lines.append(&mut head.map_err(|error| Problem::internal(&error))?);
        if let Some(rows) = self.rows.take() {
            lines.append(&mut self.page(rows).await?);
        }
        Ok(Body::new(Lines {
            ready: Some(lines.into()),
            next: Some(next(self)),
        }))
    }

    /// The next page, which may have no line.
    async fn page(&mut self, rows: Rows) -> Result<Vec<u8>, Problem> {
        let (rows, next) = rows.read(&self.app, &self.caller).await?;
        self.rows = next;
        self.told.rows += rows.len();
        let lines = cells::of_rows(self.columns, &rows);
        lines.map_err(|error| Problem::internal(&error))
    }

    /// The next lines; none, after the last.
    async fn lines(&mut self) -> Result<Option<Bytes>, BrokenOff> {
        while let Some(rows) = self.rows.take() {
            if self.is_out_of_time() {
                return Err(BrokenOff("the server stops"));
            }
            // What is wrong with the database is in the log by now.
            let opens = still_opens(&self.app, &self.caller).await;
            opens.map_err(|_| BrokenOff("its key is not known to open any more"))?;
            let page = self.page(rows).await;
            let lines = page.map_err(|_| BrokenOff("a page could not be read"))?;
            if !lines.is_empty() {
                return Ok(Some(lines.into()));
            }
        }
        Ok(None)
    }

    fn is_out_of_time(&mut self) -> bool {
        if !self.app.stopping.is_cancelled() {
            return false;
        }
        let now = Instant::now();
        now >= *self.ends_by.get_or_insert(now + limits::EXPORT_ENDS)
    }
}

/// The file's body.
struct Lines {
    ready: Option<Bytes>,
    next: Option<Next>,
}

type Next = Pin<Box<dyn Future<Output = (Export, Result<Option<Bytes>, BrokenOff>)> + Send>>;

/// Nothing is read before it is asked for.
fn next(mut export: Export) -> Next {
    let span = export.told.span.clone();
    let reading = async move {
        // Unless it comes further.
        export.told.end = End::Left;
        let lines = export.lines().await;
        export.told.end = match &lines {
            Ok(Some(_)) => End::Left,
            Ok(None) => End::Whole,
            Err(BrokenOff(why)) => End::BrokenOff(why),
        };
        (export, lines)
    };
    Box::pin(reading.instrument(span))
}

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(Frame::data(ready))));
        }
        let Some(reading) = self.next.as_mut() else {
            return Poll::Ready(None);
        };
        let (export, lines) = ready!(reading.as_mut().poll(context));
        self.next = match &lines {
            Ok(Some(_)) => Some(next(export)),
            _ => None,
        };
        Poll::Ready(lines.transpose().map(|lines| lines.map(Frame::data)))
    }
}

/// What the log has of a file, once.
struct Told {
    name: &'static str,
    rows: usize,
    began: Instant,
    end: End,
    /// The request's.
    span: Span,
}

enum End {
    /// Nobody wanted its lines, as of what HEAD asks for.
    NotBegun,
    /// Its reader has gone, or reads too slowly.
    Left,
    Whole,
    BrokenOff(&'static str),
}

impl Told {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            rows: 0,
            began: Instant::now(),
            end: End::NotBegun,
            span: Span::current(),
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _entered = self.span.enter();
        let (name, rows) = (self.name, self.rows);
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.end {
            End::NotBegun => {}
            End::Whole => tracing::info!(name, rows, duration_ms, "a CSV file was sent"),
            End::Left => {
                tracing::info!(
                    name,
                    rows,
                    duration_ms,
                    "a CSV file was not read to its end"
                );
            }
            End::BrokenOff(why) => {
                tracing::warn!(name, rows, duration_ms, why, "a CSV file was broken off");
            }
        }
    }
}
