//! The sandbox's own pages: every one that a payer or a tester can come to, each without a barrier.

mod desk;
mod endings;
mod keyboard;
mod pc;
mod phone;

use crate::support::world::Bought;
use crate::support::{World, api};

/// The addresses of one payment's pages.
struct Pages {
    mobile: String,
    app: String,
    /// Where a method is chosen and the payer authenticates.
    pay: String,
}

impl Pages {
    /// As our server gives them out.
    async fn of(world: &World, bought: &Bought) -> Self {
        let mobile = leads_to(&format!("{}?device=mobile", bought.checkout_url)).await;
        let app = leads_to(&format!("{}?device=app", bought.checkout_url)).await;
        let (_, page) = mobile.rsplit_once('/').unwrap();
        let pay = format!("{}/pay/mockup/{page}", world.sandbox.url());
        Self { mobile, app, pay }
    }
}

async fn leads_to(url: &str) -> String {
    let answer = api::http().get(url).send().await.unwrap();
    let to = answer.headers().get("location").expect("it leads on");
    to.to_str().unwrap().to_owned()
}
