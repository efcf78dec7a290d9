//! Pictures of whole pages, for people to look at: in the folder that `SCREENSHOTS` names, a
//! folder for each test, numbered as the test comes to them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Payer;

/// Where pictures of the pages go, if anybody wants them.
const FOLDER: &str = "SCREENSHOTS";

/// The name of a look at a page, for its pictures: `demo/a_test/07-order`.
pub(super) fn next(page: &str) -> String {
    static LOOKS: AtomicU32 = AtomicU32::new(1);
    let number = LOOKS.fetch_add(1, Ordering::Relaxed);
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "/");
    let test = test.strip_prefix("browser/").unwrap_or(&test);
    format!("{test}/{number:03}-{page}")
}

impl Payer {
    /// Of the page in front, as long as it is.
    pub(super) async fn takes_a_picture(&self, look: &str, width: u32, theme: &str) {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
            return;
        };
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.driver.devtools("Page.captureScreenshot", whole).await;
        let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        let file = folder.join(format!("{look}-{width}-{theme}.png"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, picture).unwrap();
    }
}
