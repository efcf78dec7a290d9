//! A payer in a shop whose pages have ids.

use fantoccini::Locator;
use fantoccini::elements::Element;

use super::{Payer, eventually};

/// In CSS pixels.
const SMALL_PHONE: u32 = 360;

impl Payer {
    /// Waits for an element of the page.
    pub(crate) async fn finds(&self, css: &str) -> Element {
        let look = async || self.driver.client.find(Locator::Css(css)).await.ok();
        match eventually(look).await {
            Some(element) => element,
            None => panic!(
                "no {css} at {}:\n{}",
                self.url().await,
                self.page_text().await
            ),
        }
    }

    /// Whether the page in front has such an element.
    pub(crate) async fn has(&self, css: &str) -> bool {
        let all = self.driver.client.find_all(Locator::Css(css)).await;
        !all.unwrap().is_empty()
    }

    /// Clicks what leads to another page, and waits until that is in front.
    pub(crate) async fn clicks(&self, css: &str) {
        let before = self.loaded_at().await;
        self.finds(css).await.click().await.unwrap();
        let loaded = "Math.round(performance.timeOrigin)";
        let look = async || self.page(loaded).await.filter(|after| *after != before);
        let arrived = eventually(look).await;
        arrived.unwrap_or_else(|| panic!("{css} leads nowhere"));
    }

    pub(crate) async fn fills(&self, css: &str, text: &str) {
        let field = self.finds(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What an element says about itself.
    pub(crate) async fn reads_attribute(&self, css: &str, name: &str) -> String {
        let value = self.finds(css).await.attr(name).await.unwrap();
        value.unwrap_or_else(|| panic!("{css} has no {name}"))
    }

    /// All that can be read on the page in front.
    pub(crate) async fn page_text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        let text = self.driver.client.execute(script, Vec::new()).await;
        text.map_or_else(
            |error| error.to_string(),
            |text| text.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// The page in front can be used on a small phone, and says in which language it is.
    pub(crate) async fn can_read_it_on_a_small_phone(&self) {
        self.has_a_screen_of(SMALL_PHONE).await;
        let width = self.page("document.documentElement.scrollWidth").await;
        let page = self.url().await;
        assert!(width <= Some(SMALL_PHONE.into()), "{page}: {width:?}");
        self.has_its_own_screen_again().await;
        assert_eq!(self.reads_attribute("html", "lang").await, "ko", "{page}");
    }

    /// The payer closes the browser, and has met nothing worse than a shop that could not go on (503).
    pub(crate) async fn leaves_after_refusals(self) {
        for error in self.errors().await {
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("503"), "{message}");
        }
        self.closes_the_browser().await;
    }
}
