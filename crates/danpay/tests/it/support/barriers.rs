//! What keeps people from using a page: axe-core looks for it in the page in front, on a phone's
//! screen and on a desktop's, in both themes.
//!
//! **Invariant**: a page passes only if it was looked at as a whole, what is folded included.

use std::path::Path;

use serde_json::{Value, json};

use super::{Device, Payer, eventually};

/// axe-core, and then its run over the page.
fn script() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/npm/node_modules");
    let axe = std::fs::read_to_string(folder.join("axe-core/axe.min.js"));
    let axe = axe.expect("axe-core is there; `cargo xtask test` installs it");
    format!("{axe}\n{RUN}")
}

/// Gives nothing for a page that is not the one that is meant.
const RUN: &str = r#"
return (async (testid) => {
  if (!document.querySelector(`[data-testid="${testid}"]`)) return null;
  // A page that loads itself again would be gone too early.
  if (document.querySelector("meta[http-equiv=refresh]")) stop();
  const folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((details) => { details.open = true; });
  try {
    const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
    const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return {
      rules: bad.map(({ id }) => id),
      barriers: bad.flatMap(({ id, help, nodes }) => nodes.map((node) =>
        `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary}`)),
      passed: passes.map(({ id }) => id),
      width: document.documentElement.scrollWidth,
    };
  } finally {
    folded.forEach((details) => { details.open = false; });
  }
})(...arguments)
"#;

impl Payer {
    /// Waits for the page with this element: axe-core finds nothing serious or critical there, and
    /// it fits.
    pub(crate) async fn meets_no_barrier_at(&self, testid: &str) {
        self.meets_at(testid, &json!([])).await;
    }

    /// The same for a page that loads itself again while the outcome is not known. It has to: it
    /// has no script to do it more gently. After this look it stays.
    pub(crate) async fn meets_only_the_reload_at(&self, testid: &str) {
        self.meets_at(testid, &json!(["meta-refresh"])).await;
    }

    async fn meets_at(&self, testid: &str, rules: &Value) {
        assert_eq!(self.device, Device::Desktop, "only its screen can change");
        self.sees(testid).await;
        for width in [Device::Android.width(), Device::Desktop.width()] {
            self.has_a_screen_of(width).await;
            for theme in ["light", "dark"] {
                self.prefers(Some(theme)).await;
                let found = self.barriers(testid).await;
                let place = format!(
                    "{testid} in {theme} at {width} pixels, {}",
                    self.url().await
                );
                let lines = found["barriers"].as_array().into_iter().flatten();
                let lines: Vec<_> = lines.filter_map(Value::as_str).collect();
                assert_eq!(found["rules"], *rules, "{place}:\n{}", lines.join("\n"));
                assert!(
                    found["width"].as_u64() <= Some(width.into()),
                    "{place}: {found:#}"
                );
                // Every page has words in a colour: else it was not looked at.
                let passed = found["passed"].as_array();
                let looked = passed.is_some_and(|all| all.contains(&json!("color-contrast")));
                assert!(looked, "{place}: {found:#}");
            }
        }
        self.prefers(None).await;
        let own = "Emulation.clearDeviceMetricsOverride";
        self.driver.devtools(own, json!({})).await;
    }

    /// A page that is left or loaded again meanwhile gives no answer: then the next one does.
    async fn barriers(&self, testid: &str) -> Value {
        let script = script();
        let mut last = None;
        let look = async || {
            let found = self.driver.client.execute(&script, vec![json!(testid)]);
            match found.await {
                Ok(found) => Some(found).filter(|found| !found.is_null()),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        };
        let found = eventually(look).await;
        found.unwrap_or_else(|| panic!("axe-core came to no end at {testid}: {last:?}"))
    }

    async fn has_a_screen_of(&self, width: u32) {
        let screen = json!({
            "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false,
        });
        let command = "Emulation.setDeviceMetricsOverride";
        self.driver.devtools(command, screen).await;
    }
}
