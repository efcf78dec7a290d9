//! The pages' one style sheet. It is in the page itself, so that a page has its looks at whatever
//! address and behind whatever proxy it is shown, and the policy names it by its hash.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(super) const CSS: &str = concat!(
    include_str!("../../assets/family.css"),
    include_str!("../../assets/checkout.css")
);

/// The content policy of a page: this style sheet and nothing else, from nowhere.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(CSS.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});
