//! The promise is kept from one release to the next.

use serde_json::Value;

/// What breaks it, unless the newer version says so: another 0.x, and from 1 on another major.
pub(crate) fn keep(before: &Value, after: &Value) -> Vec<String> {
    if may_break(version(before), version(after)) {
        Vec::new()
    } else {
        super::breaks(before, after)
    }
}

fn version(document: &Value) -> &str {
    document["info"]["version"].as_str().unwrap_or_default()
}

fn may_break(before: &str, after: &str) -> bool {
    let kind = |version: &str| {
        let mut numbers = version.split('.').map(str::to_owned);
        let major = numbers.next();
        let minor = numbers.next().filter(|_| major.as_deref() == Some("0"));
        (major, minor)
    };
    kind(before) != kind(after)
}
