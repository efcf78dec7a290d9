//! Webhook endpoints, and events on their way to them.

mod born;
mod deliveries;
mod endpoints;
mod queries;
mod work;

pub(super) use born::born;
