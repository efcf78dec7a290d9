//! What keeps people from using a page. The page in front is looked at on three screens, in both
//! themes: axe-core finds no barrier, it fits, each amount is on one line, the title says what came of
//! it louder than anything else, and it speaks two languages. Each look is a picture, if anybody wants
//! them.
//!
//! **Invariant**: a page passes only if it was looked at as a whole, what is folded included.

use std::path::Path;

use serde_json::{Value, json};

use super::{Device, Payer, eventually, pictures};

/// Small and usual phones, and a desktop.
const WIDTHS: [u32; 3] = [360, 390, 1280];

/// axe-core, which stays on a page until it is left.
fn axe() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/npm/node_modules");
    let axe = std::fs::read_to_string(folder.join("axe-core/axe.min.js"));
    axe.expect("axe-core is there; `cargo xtask test` installs it")
}

/// Gives nothing for a page that is not the one that is meant, or that has no axe-core yet.
const RUN: &str = r#"
return (async (testid) => {
  if (!window.axe || !document.querySelector(`[data-testid="${testid}"]`)) return null;
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
      broken: brokenAmounts(),
      louder: louderThanTheTitle(),
      languages: languages(),
    };
  } finally {
    folded.forEach((details) => { details.open = false; });
    // The picture is of the page as it was.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  }
})(...arguments);

function texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const all = [];
  while (walker.nextNode()) all.push(walker.currentNode);
  return all.filter((text) => text.data.trim() && text.parentElement.checkVisibility());
}

// Amounts as people read them that go on in another line.
function brokenAmounts() {
  return texts().flatMap((text) => [...text.data.matchAll(/\d[\d,]*(,\d{3}|원)/g)].filter((found) => {
    const range = new Range();
    range.setStart(text, found.index);
    range.setEnd(text, found.index + found[0].length);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
  }).map(([amount]) => amount));
}

// Where a title says how a payment ended, whatever is written larger.
function louderThanTheTitle() {
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  const title = document.querySelector(".end h1");
  if (!title) return [];
  const others = texts().filter((text) => !title.contains(text) && !text.parentElement.closest(".sign"));
  return others.filter((text) => size(text.parentElement) >= size(title)).map(({ data }) => data.trim());
}

function languages() {
  const english = texts().some((text) => text.parentElement.closest("[lang=en]"));
  const korean = texts().some((text) => /[가-힣]/.test(text.data));
  return [korean && "ko", english && "en"].filter(Boolean);
}
"#;

impl Payer {
    /// Waits for the page with this element: nothing is wrong there.
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
        let look = pictures::next(testid);
        for width in WIDTHS {
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
                assert_eq!(found["broken"], json!([]), "{place}");
                assert_eq!(found["louder"], json!([]), "{place}");
                assert_eq!(found["languages"], json!(["ko", "en"]), "{place}");
                // Every page has words in a colour: else it was not looked at.
                let passed = found["passed"].as_array();
                let looked = passed.is_some_and(|all| all.contains(&json!("color-contrast")));
                assert!(looked, "{place}: {found:#}");
                self.takes_a_picture(&look, width, theme).await;
            }
        }
        self.prefers(None).await;
        self.has_its_own_screen_again().await;
    }

    /// A page that is left or loaded again meanwhile gives no answer: then the next one does.
    async fn barriers(&self, testid: &str) -> Value {
        let mut last = None;
        let look = async || {
            let client = &self.driver.client;
            match client.execute(RUN, vec![json!(testid)]).await {
                Ok(Value::Null) => {
                    last = client.execute(&axe(), Vec::new()).await.err();
                    None
                }
                Ok(found) => Some(found),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        };
        let found = eventually(look).await;
        found.unwrap_or_else(|| panic!("axe-core came to no end at {testid}: {last:?}"))
    }

    pub(super) async fn has_a_screen_of(&self, width: u32) {
        let screen = json!({
            "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false,
        });
        let command = "Emulation.setDeviceMetricsOverride";
        self.driver.devtools(command, screen).await;
    }

    pub(super) async fn has_its_own_screen_again(&self) {
        let own = "Emulation.clearDeviceMetricsOverride";
        self.driver.devtools(own, json!({})).await;
    }

    /// The theme that the payer's system asks for.
    async fn prefers(&self, theme: Option<&str>) {
        let feature = |theme| json!({ "name": "prefers-color-scheme", "value": theme });
        let features: Vec<_> = theme.map(feature).into_iter().collect();
        let media = json!({ "features": features });
        self.driver
            .devtools("Emulation.setEmulatedMedia", media)
            .await;
    }
}
