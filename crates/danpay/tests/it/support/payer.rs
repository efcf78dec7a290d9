//! A payer with a browser. Whatever page the payer looks at must fit the screen, and at the end no
//! page may have logged an error.

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::driver::Driver;
use super::{Device, eventually};

/// Chromium is large: two at a time, whatever the number of tests that run.
static BROWSERS: Semaphore = Semaphore::const_new(2);

pub(crate) struct Payer {
    pub(super) driver: Driver,
    pub(super) device: Device,
    _turn: SemaphorePermit<'static>,
}

impl Payer {
    pub(crate) async fn with(device: Device) -> Self {
        let turn = BROWSERS.acquire().await.unwrap();
        Self::start(device, turn).await
    }

    /// Two devices of one payer. They take their turn together, so that no two tests wait for each
    /// other's second browser.
    pub(crate) async fn with_both(one: Device, other: Device) -> (Self, Self) {
        let mut turns = BROWSERS.acquire_many(2).await.unwrap();
        let turn = turns.split(1).unwrap();
        (
            Self::start(one, turns).await,
            Self::start(other, turn).await,
        )
    }

    async fn start(device: Device, turn: SemaphorePermit<'static>) -> Self {
        Self {
            driver: Driver::start(device).await,
            device,
            _turn: turn,
        }
    }

    pub(crate) async fn opens(&self, url: &str) {
        self.driver.client.goto(url).await.unwrap();
    }

    pub(crate) async fn reloads(&self) {
        self.driver.client.refresh().await.unwrap();
    }

    /// Waits for the element with this `data-testid`; a page is known by one of its elements.
    pub(crate) async fn sees(&self, testid: &str) -> Element {
        self.sees_any(&[testid]).await
    }

    pub(crate) async fn sees_any(&self, testids: &[&str]) -> Element {
        let all: Vec<_> = testids
            .iter()
            .map(|testid| format!("[data-testid='{testid}']"))
            .collect();
        let css = all.join(",");
        // An error may only mean that the page is just being left.
        let look = async || {
            let element = self.driver.client.find(Locator::Css(&css)).await.ok()?;
            let width = self.page("document.documentElement.scrollWidth").await?;
            Some((element, width))
        };
        let Some((element, page)) = eventually(look).await else {
            panic!("no {css} at {}", self.url().await)
        };
        let screen = u64::from(self.device.width());
        assert!(page <= screen, "{css}: {page} pixels of {screen}");
        element
    }

    /// A number that the page in front knows about itself.
    pub(super) async fn page(&self, expression: &str) -> Option<u64> {
        let script = format!("return {expression}");
        let number = self.driver.client.execute(&script, Vec::new()).await;
        number.ok()?.as_u64()
    }

    /// Whether the page in front, which says something for that case, is shown without scripts.
    pub(crate) async fn is_without_scripts(&self) -> bool {
        let shown = self.page("document.querySelector('noscript').childElementCount");
        shown.await.unwrap() > 0
    }

    pub(crate) async fn presses(&self, testid: &str) {
        // A page that keeps itself up to date may just replace it.
        let press = async || self.sees(testid).await.click().await.ok();
        eventually(press).await.expect("it can be pressed");
    }

    /// From KakaoPay's page for this device to the end.
    pub(crate) async fn pays(&self, testid: &str) {
        self.presses(testid).await;
        self.presses("authenticate").await;
    }

    pub(crate) async fn reads(&self, testid: &str) -> String {
        let read = async || self.sees(testid).await.text().await.ok();
        eventually(read).await.expect("it can be read")
    }

    /// Waits until it says so, as a page does that keeps itself up to date.
    pub(crate) async fn reads_at_last(&self, testid: &str, words: &str) {
        let read = async || self.reads(testid).await.contains(words).then_some(());
        let Some(()) = eventually(read).await else {
            panic!("{testid} is without {words}: {}", self.reads(testid).await)
        };
    }

    /// Waits until there are as many of them.
    pub(crate) async fn counts(&self, testid: &str, number: usize) {
        let css = format!("[data-testid='{testid}']");
        let count = async || {
            let all = self.driver.client.find_all(Locator::Css(&css)).await.ok()?;
            (all.len() == number).then_some(())
        };
        let counted = eventually(count).await;
        counted.unwrap_or_else(|| panic!("there are not {number} of {testid}"));
    }

    /// When the page in front was loaded: as long as this stays, it was not loaded again.
    pub(crate) async fn loaded_at(&self) -> u64 {
        let at = self.page("Math.round(performance.timeOrigin)").await;
        at.unwrap()
    }

    /// Where a link leads.
    pub(crate) async fn reads_link(&self, testid: &str) -> String {
        let href = self.sees(testid).await.attr("href").await;
        href.unwrap().expect("it is a link")
    }

    pub(crate) async fn url(&self) -> String {
        let url = self.driver.client.current_url().await;
        url.map_or_else(|error| error.to_string(), String::from)
    }

    /// The payer has arrived, and nothing secret stays in the history.
    pub(crate) async fn ends_at(&self, url: &str) {
        let arrived = eventually(async || (self.url().await == url).then_some(()));
        let Some(()) = arrived.await else {
            panic!("not at {url} but at {}", self.url().await)
        };
        let history = self.driver.devtools("Page.getNavigationHistory", json!({}));
        let history = history.await["entries"].take();
        let history: Vec<_> = history.as_array().into_iter().flatten().collect();
        let urls = history.iter().filter_map(|entry| entry["url"].as_str());
        assert_eq!(urls.clone().next_back(), Some(url));
        for url in urls {
            assert!(!url.contains("pg_token"), "{url} is in the history");
        }
    }

    /// Every address that the page in front has asked for since this was last asked.
    pub(crate) async fn asked_for(&self) -> Vec<String> {
        let entries = self.driver.log("performance").await;
        let events = entries.iter().filter_map(|entry| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let event = &event["message"];
            (event["method"] == "Network.requestWillBeSent").then(|| {
                event["params"]["request"]["url"]
                    .as_str()
                    .map(str::to_owned)
            })?
        });
        events.collect()
    }

    /// Opens an address in two new tabs at the same moment.
    pub(crate) async fn opens_twice(&self, url: &str) -> Vec<WindowHandle> {
        let client = &self.driver.client;
        let front = client.window().await.unwrap();
        let script = "open(arguments[0], 'one'); open(arguments[0], 'two')";
        client.execute(script, vec![json!(url)]).await.unwrap();
        let mut tabs = client.windows().await.unwrap();
        tabs.retain(|tab| *tab != front);
        assert_eq!(tabs.len(), 2);
        tabs
    }

    /// Goes on where a link opens a new tab. Gives the tab that stays behind.
    pub(crate) async fn follows_to_a_new_tab(&self, testid: &str) -> WindowHandle {
        let client = &self.driver.client;
        let front = client.window().await.unwrap();
        self.presses(testid).await;
        let look = async || {
            let mut tabs = client.windows().await.ok()?;
            tabs.retain(|tab| *tab != front);
            tabs.pop()
        };
        let tab = eventually(look).await.expect("a new tab opens");
        self.turns_to(&tab).await;
        front
    }

    pub(crate) async fn turns_to(&self, tab: &WindowHandle) {
        let client = &self.driver.client;
        client.switch_to_window(tab.clone()).await.unwrap();
    }

    /// Does something in a tab of its own, and comes back.
    pub(crate) async fn meanwhile(&self, other: impl AsyncFnOnce()) {
        let client = &self.driver.client;
        let front = client.window().await.unwrap();
        let tab = client.new_window(true).await.unwrap().handle;
        self.turns_to(&tab).await;
        other().await;
        client.close_window().await.unwrap();
        self.turns_to(&front).await;
    }

    /// Opens the address of a page that is not there: the browser complains of nothing else.
    pub(crate) async fn opens_missing(&self, url: &str) {
        self.opens_refused(url, 404).await;
    }

    /// Opens an address that is answered so: the browser complains of nothing else.
    pub(crate) async fn opens_refused(&self, url: &str, status: u16) {
        self.has_seen_no_error().await;
        self.opens(url).await;
        self.has_heard_only_of(url, status).await;
    }

    /// A form of somebody else's page sends the payer there with POST: that is answered so.
    pub(crate) async fn is_sent_to(&self, url: &str, status: u16) {
        self.has_seen_no_error().await;
        self.opens("about:blank").await;
        let script = "const form = document.createElement('form');
            [form.method, form.action] = ['post', arguments[0]];
            document.documentElement.append(form);
            form.submit();";
        let address = vec![Value::from(url)];
        self.driver.client.execute(script, address).await.unwrap();
        self.ends_at(url).await;
        self.has_heard_only_of(url, status).await;
    }

    async fn has_heard_only_of(&self, url: &str, status: u16) {
        for error in self.errors().await {
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(url), "{message}");
            assert!(message.contains(&status.to_string()), "{message}");
        }
    }

    /// The payer closes the browser: no page has logged an error or broken its content policy.
    pub(crate) async fn leaves(self) {
        self.has_seen_no_error().await;
        self.closes_the_browser().await;
    }

    /// The same, whatever pages have logged.
    pub(super) async fn closes_the_browser(self) {
        self.driver.client.clone().close().await.unwrap();
    }

    async fn has_seen_no_error(&self) {
        let errors = self.errors().await;
        assert!(errors.is_empty(), "{errors:#?}");
    }

    /// What the pages have logged as errors since this was last asked.
    pub(super) async fn errors(&self) -> Vec<Value> {
        let mut entries = self.driver.log("browser").await;
        entries.retain(|entry| entry["level"] == "SEVERE");
        entries
    }
}
