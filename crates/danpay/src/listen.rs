//! `danpay listen`: what a shop is told comes to a developer's own machine, signed as a webhook would be.
//!
//! **Invariant**: the API key and the signing secret are in no log and no line, unless the secret is asked
//! for.

mod feed;
mod filter;
mod forward;

use std::io::BufRead as _;

use anyhow::{Context as _, Result};
use danpay_server::LogFormat;
use reqwest::Url;
use secrecy::SecretString;
use tokio::sync::mpsc;

use crate::as_shop::{self, Place};
use crate::{log, serve, start};
use feed::{Event, Feed};
use filter::Filter;
use forward::{Answer, Forward};

pub(crate) use forward::Secret;

/// Forward a shop's events to your machine, signed as webhooks are
///
/// Needs an API key in `DANPAY_API_KEY`, of any role. Prints each event and the answer to it; `r` and Enter
/// send the last one again.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where each event is sent to by POST, such as <http://localhost:3000/hook>
    #[arg(long, value_name = "URL", required_unless_present = "print_secret")]
    forward_to: Option<Url>,
    #[command(flatten)]
    danpay: Place,
    /// Begin after this event [default: with what happens from now on]
    #[arg(long, value_name = "EVENT")]
    after: Option<String>,
    /// Forward these alone, such as payment.approved,payment.canceled
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,
    /// Print the secret that events are signed with, and end
    #[arg(long)]
    print_secret: bool,
    /// Print nothing but trouble
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    /// Print a line of JSON for each event
    #[arg(long)]
    json: bool,
}

/// How what has happened is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Lines,
    Json,
    Nothing,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    log::start("warn", LogFormat::Text, None)?;
    serve::install_tls();
    let key = as_shop::api_key()?;
    let secret = Secret::of(&key)?;
    if args.print_secret {
        return crate::print(&secret.text());
    }
    let to = args.forward_to.context("--forward-to is needed")?;
    let listener = Listener {
        forward: Forward::to(to, secret)?,
        filter: Filter::of(&args.events)?,
        show: match (args.json, args.quiet) {
            (true, _) => Show::Json,
            (_, true) => Show::Nothing,
            _ => Show::Lines,
        },
    };
    let stop = start::stop_signal()?;
    let mut feed = Feed::open(&args.danpay.url, key, args.after)?;
    let listening = async {
        feed.begin().await?;
        if listener.show == Show::Lines {
            crate::say(
                "이벤트를 기다립니다. r과 Enter를 누르면 마지막 이벤트를 다시 보냅니다. (Waiting for events.)",
            );
        }
        listener.listen(&mut feed, asked_for()).await
    };
    tokio::select! {
        done = listening => done?,
        () = stop => {}
    }
    if let Some(last) = feed.last() {
        crate::say(&format!(
            "이어서 받으려면 (to go on from here): --after {last}"
        ));
    }
    Ok(())
}

/// Forwards all that a shop is told to one address.
pub(crate) struct Forwarding {
    feed: Feed,
    listener: Listener,
}

impl Forwarding {
    /// By this key of danpay's at `url`, from what happens after [`begin`](Self::begin).
    pub(crate) fn new(url: &str, key: &SecretString, to: Url) -> Result<Self> {
        Ok(Self {
            feed: Feed::open(&url.parse()?, key.clone(), None)?,
            listener: Listener {
                forward: Forward::to(to, Secret::of(key)?)?,
                filter: Filter::of(&[])?,
                show: Show::Lines,
            },
        })
    }

    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.feed.begin().await
    }

    /// For as long as it is awaited, unless danpay does not answer as it has to.
    pub(crate) async fn forward(&mut self) -> Result<()> {
        // Nobody types.
        let (_, asked) = mpsc::channel(1);
        self.listener.listen(&mut self.feed, asked).await
    }
}

struct Listener {
    forward: Forward,
    filter: Filter,
    show: Show,
}

impl Listener {
    async fn listen(&self, feed: &mut Feed, mut asked: mpsc::Receiver<()>) -> Result<()> {
        let mut last: Option<Event> = None;
        loop {
            tokio::select! {
                event = feed.next() => {
                    let event = event?;
                    if self.filter.takes(event.kind()) {
                        self.send(&event).await;
                        last = Some(event);
                    }
                }
                Some(()) = asked.recv() => {
                    if let Some(event) = &last {
                        self.send(event).await;
                    }
                }
            }
        }
    }

    async fn send(&self, event: &Event) {
        let answer = self.forward.send(event).await;
        let line = match self.show {
            Show::Json => answer.json(event).to_string(),
            Show::Lines => answer.line(event),
            Show::Nothing if matches!(answer, Answer::Status { status, .. } if status.is_success()) =>
            {
                return;
            }
            Show::Nothing => return crate::say(&answer.line(event)),
        };
        // Whoever reads may have gone away.
        let _ = crate::print(&line);
    }
}

/// Each `r` that is typed. Without a terminal nobody types anything.
fn asked_for() -> mpsc::Receiver<()> {
    let (ask, asked) = mpsc::channel(1);
    let read = move || {
        for line in std::io::stdin().lock().lines() {
            let is_asked = line.is_ok_and(|line| line.trim().eq_ignore_ascii_case("r"));
            if is_asked && ask.blocking_send(()).is_err() {
                return;
            }
        }
    };
    // It waits for a line when the process ends, which ends it too.
    std::thread::spawn(read);
    asked
}
