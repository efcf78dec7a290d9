//! Where in the code something happened, without where it was built: that says whose machine it was.

/// A path from the crate's folder on: `tokio-1.54.1/src/task.rs`. Ours are so already.
pub(super) fn shortened(path: &str) -> &str {
    if !path.starts_with('/') {
        return path;
    }
    let sources = path.rfind("/src/");
    let folder = sources.and_then(|at| path.get(..at)?.rfind('/'));
    let start = folder.or_else(|| path.rfind('/')).unwrap_or(0);
    path.get(start..).unwrap_or(path).trim_start_matches('/')
}

/// A backtrace, of which each line `at …` is such a place.
pub(super) fn shortened_lines(backtrace: &str) -> String {
    let lines = backtrace.lines().map(|line| match line.split_once("at /") {
        Some((before, _)) if before.trim().is_empty() => {
            let path = line.get(before.len() + "at ".len()..).unwrap_or_default();
            format!("{before}at {}", shortened(path))
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_machine_that_built_it_is_told() {
        for (path, told) in [
            (
                "crates/danpay-server/src/flow.rs",
                "crates/danpay-server/src/flow.rs",
            ),
            (
                "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.54.1/src/task.rs",
                "tokio-1.54.1/src/task.rs",
            ),
            (
                "/rustc/17067e9ac6d7e/library/core/src/option.rs",
                "core/src/option.rs",
            ),
            ("/home/kim/build.rs", "build.rs"),
            ("/", ""),
        ] {
            assert_eq!(shortened(path), told);
        }
        let backtrace = "  0: std::panicking\n             at /rustc/1/library/std/src/panicking.rs:1:2\n  1: a";
        let told = "  0: std::panicking\n             at std/src/panicking.rs:1:2\n  1: a";
        assert_eq!(shortened_lines(backtrace), told);
    }
}
