//! A line of the log that asks for a person raises an alert: it says so in its field `alert`, whatever the
//! log's filter lets through.

use danpay_server::{AlertKind, Alerts};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;

const FIELD: &str = "alert";

/// Raises what lines name.
pub(super) fn layer<S>(alerts: Alerts) -> impl Layer<S>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    Alarm(alerts).with_filter(filter_fn(may_ask))
}

/// Decided once for each place in the code.
fn may_ask(line: &Metadata<'_>) -> bool {
    line.is_event() && line.fields().field(FIELD).is_some()
}

struct Alarm(Alerts);

impl<S: Subscriber> Layer<S> for Alarm {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut named = Named(None);
        event.record(&mut named);
        if let Some(kind) = named.0 {
            self.0.raise(kind);
        }
    }
}

/// The kind that a line names.
struct Named(Option<AlertKind>);

impl Visit for Named {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == FIELD {
            self.0 = AlertKind::named(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
