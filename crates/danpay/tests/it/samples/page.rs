//! What the shop answers, read without a browser.

use reqwest::{Response, StatusCode, header};

pub(super) struct Page {
    pub(super) status: StatusCode,
    /// Where it sends the browser.
    pub(super) location: Option<String>,
    pub(super) text: String,
}

/// An element, by the text of its tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'page>(&'page str);

impl Page {
    pub(super) async fn read(answer: Response) -> reqwest::Result<Self> {
        let location = answer.headers().get(header::LOCATION);
        Ok(Self {
            status: answer.status(),
            location: location.map(|location| location.to_str().unwrap().to_owned()),
            text: answer.text().await?,
        })
    }

    /// The tags that hold this text, such as ` data-order="`.
    pub(super) fn tags(&self, text: &str) -> Vec<Tag<'_>> {
        let tags = self.text.split('<').skip(1).filter_map(|rest| {
            let (tag, _) = rest.split_once('>')?;
            tag.contains(text).then_some(Tag(tag))
        });
        tags.collect()
    }

    /// The one tag that holds this text.
    pub(super) fn tag(&self, text: &str) -> Tag<'_> {
        match *self.tags(text) {
            [tag] => tag,
            ref tags => panic!("{text} is in {tags:?} of {}", self.text),
        }
    }

    /// The number of the order that was just made.
    pub(super) fn ordered(&self) -> String {
        let path = self.location.as_deref().expect(&self.text);
        path.rsplit('/').next().unwrap().to_owned()
    }

    /// The page is that of an order, which stands so.
    pub(super) fn order(&self) -> Tag<'_> {
        self.tag(r#"id="order""#)
    }
}

impl Tag<'_> {
    pub(super) fn attribute(&self, name: &str) -> &str {
        let value = self.0.split_once(&format!(r#" {name}=""#));
        let value = value.and_then(|(_, value)| value.split_once('"'));
        value
            .unwrap_or_else(|| panic!("no {name} in <{}>", self.0))
            .0
    }

    /// An amount.
    pub(super) fn won(&self, name: &str) -> i64 {
        self.attribute(name).parse().unwrap()
    }
}
