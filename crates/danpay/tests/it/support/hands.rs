//! What a payer does with hands: unfolds, types, chooses, and goes by keyboard alone.

use fantoccini::Locator;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;

use super::{Payer, eventually};

/// More than any page has places to stop at.
const STOPS_MAX: usize = 60;

impl Payer {
    /// Opens what is folded under the line that sums it up.
    pub(crate) async fn unfolds(&self, testid: &str) {
        let css = format!("[data-testid='{testid}'] > summary");
        let press = async || {
            let summary = self.driver.client.find(Locator::Css(&css)).await.ok()?;
            summary.click().await.ok()
        };
        eventually(press).await.expect("it can be unfolded");
    }

    /// Whether a button that stays down is down.
    pub(crate) async fn has_pressed(&self, testid: &str) -> bool {
        let pressed = self.sees(testid).await.attr("aria-pressed").await;
        pressed.unwrap().as_deref() == Some("true")
    }

    pub(crate) async fn types(&self, testid: &str, text: &str) {
        let field = self.sees(testid).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// In the form's list of this name.
    pub(crate) async fn chooses(&self, name: &str, label: &str) {
        let css = format!("select[name='{name}']");
        let field = self.driver.client.find(Locator::Css(&css)).await.unwrap();
        field.select_by_label(label).await.unwrap();
    }

    /// Goes from stop to stop until there, and sees where that is.
    pub(crate) async fn tabs_to(&self, testid: &str) {
        self.sees(testid).await;
        for _ in 0..STOPS_MAX {
            self.hits(Key::Tab).await;
            let here = self.driver.client.active_element().await.unwrap();
            if here.attr("data-testid").await.unwrap().as_deref() == Some(testid) {
                let outline = here.css_value("outline-style").await.unwrap();
                assert_ne!(outline, "none", "nothing shows that {testid} is reached");
                return;
            }
        }
        panic!("no way to {testid} by keyboard at {}", self.url().await);
    }

    pub(crate) async fn hits(&self, key: Key) {
        let value = char::from(key);
        let hit = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.driver.client.perform_actions(hit).await.unwrap();
    }
}
