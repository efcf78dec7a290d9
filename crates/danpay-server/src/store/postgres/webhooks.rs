//! Webhook endpoints, and events on their way to them.

mod deliveries;
mod endpoints;
mod work;
