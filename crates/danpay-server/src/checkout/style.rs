//! The payer's pages' one style sheet.

use std::sync::LazyLock;

use crate::http::page;

pub(super) const CSS: &str = concat!(
    include_str!("../../assets/family.css"),
    include_str!("../../assets/accent.css"),
    include_str!("../../assets/checkout.css")
);

/// What a page may load: this.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| page::policy(CSS));
