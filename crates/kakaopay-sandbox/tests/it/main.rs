//! The sandbox over real HTTP, as a merchant and a payer meet it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed, in its helpers too"
)]

mod answers;
mod closed;
mod codes;
mod control;
mod desk;
mod documented;
mod endings;
mod every_code;
mod examples;
mod faults;
mod faults_by_name;
mod follow;
mod fuzz;
mod inside;
mod legacy;
mod life;
mod merchant;
mod mistakes;
mod payer;
mod secret_key;
mod state;
mod subscriptions;
mod support;
