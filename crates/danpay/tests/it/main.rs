//! danpay from outside, as a shop, a payer or an operator meets it.

#[cfg(feature = "languages")]
mod afternoon;
mod alerts;
mod backup;
#[cfg(feature = "browser")]
mod browser;
mod cli;
#[cfg(feature = "languages")]
mod clients;
mod demo;
mod dev;
mod documents;
mod doors;
#[cfg(feature = "languages")]
mod examples;
mod family;
mod few_files;
mod files;
mod full_disk;
mod listen;
mod log;
mod old;
mod recover;
#[cfg(all(feature = "browser", feature = "languages"))]
mod samples;
mod sandbox;
mod served;
mod shops;
mod start;
#[cfg(feature = "browser")]
mod support;
mod test_clock;
#[cfg(feature = "languages")]
mod verified;
mod webhooks;
