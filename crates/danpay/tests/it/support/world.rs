//! A world of its own for one test: the sandbox, our server over a fresh database, and a shop,
//! all in this process on free ports, all with the sandbox's clock.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use danpay_client::{
    Danpay, IdempotencyKey, NewCancellation, NewPayment, Payment, PaymentId, PaymentMethod,
};
use danpay_server::{Admin, Clock, Config, Create, Role, Server};
use kakaopay_sandbox::{PaymentRecord, PaymentStatus, Sandbox, SandboxBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::device::APP_AGENT;
use super::shop;

/// What payers read of the shop.
pub(crate) const SHOP: &str = "초코파이 가게";

async fn names_the_shop(config: &Config) {
    let admin = Admin::open(config, Clock::system(), Create::Yes).await;
    let admin = admin.unwrap();
    let first = admin.first_shop().await.unwrap();
    let named = admin.update_shop(first, |shop| SHOP.clone_into(&mut shop.name));
    named.await.unwrap();
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) server_url: String,
    danpay: Danpay,
    shop_url: String,
    orders: AtomicU32,
    database: TempDir,
}

/// A payment that was just created.
pub(crate) struct Bought {
    pub(crate) id: String,
    pub(crate) tid: String,
    pub(crate) checkout_url: String,
    /// Where the shop wants the payer back.
    pub(crate) shops_page: String,
    /// Our own page that says how it stands.
    pub(crate) result_page: String,
}

impl Bought {
    fn payment(&self) -> PaymentId {
        self.id.as_str().into()
    }
}

fn choco_pie(number: u32, total: i64) -> NewPayment {
    NewPayment::new(number.to_string(), "member-1", "초코파이", total)
}

/// Of one attempt, or of one refund.
fn key() -> IdempotencyKey {
    IdempotencyKey::random().unwrap()
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    /// Time stands still until the test moves it, so nothing is recovered before.
    pub(crate) async fn frozen() -> Self {
        Self::with(Sandbox::builder().frozen_at("2024-07-30T11:50:27Z".parse().unwrap())).await
    }

    async fn with(sandbox: SandboxBuilder) -> Self {
        let sandbox = sandbox.start().await.unwrap();
        let database = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shops = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shop_url = format!("http://{}", shops.local_addr().unwrap());
        let config = Config {
            listen: listener.local_addr().unwrap(),
            home_url: Some(format!("{shop_url}/")),
            database_url: format!("sqlite:{}", database.path().join("danpay.db").display()).into(),
            kakaopay_secret_key: Some("DEV00000000000000000000000000000000TESTS".into()),
            kakaopay_base_url: sandbox.url().to_owned(),
            app_agents: vec![APP_AGENT.to_owned()],
            ..Config::default()
        };
        let server_url = config.public_url().unwrap();
        super::api::install_tls();
        names_the_shop(&config).await;
        let server = Server::open(&config, Clock::from_fn(sandbox.clock()));
        let server = server.await.unwrap();
        let shop_id = server.first_shop().await.unwrap();
        let api_key = server
            .create_api_key(shop_id, "tests", Role::Full)
            .await
            .unwrap();
        let danpay = Danpay::builder(&server_url, api_key).build().unwrap();
        tokio::spawn(server.run(listener, std::future::pending()));

        tokio::spawn(shop::serve(shops, danpay.clone()));
        Self {
            sandbox,
            server_url,
            danpay,
            shop_url,
            orders: AtomicU32::new(0),
            database,
        }
    }

    /// The shop asks for 2,200 won for a 초코파이.
    pub(crate) async fn order(&self) -> Bought {
        let new = self.choco_pie(2_200);
        self.create(new.return_url(format!("{}/orders/1", self.shop_url)))
            .await
    }

    /// The same by a shop that has no page to come back to.
    pub(crate) async fn order_without_return_url(&self) -> Bought {
        self.create(self.choco_pie(2_200)).await
    }

    /// The same by one that decides itself when to approve.
    pub(crate) async fn order_to_be_approved_by_the_shop(&self) -> Bought {
        self.create(self.choco_pie(2_200).approve_manually()).await
    }

    /// 1,290,000 won, by a shop that has no page to come back to.
    pub(crate) async fn order_of_a_lot(&self) -> Bought {
        self.create(self.choco_pie(1_290_000)).await
    }

    /// In instalments by a card that takes none.
    pub(crate) async fn order_that_nobody_can_pay(&self) -> Bought {
        let new = self.choco_pie(2_200).payment_method(PaymentMethod::Card);
        self.create(new.available_cards(["SUHYUP"]).install_month(3))
            .await
    }

    /// Another payment of the order that was asked for last, as from a second tab.
    pub(crate) async fn order_once_more(&self) -> Bought {
        let number = self.orders.load(Ordering::Relaxed);
        self.create(choco_pie(number, 2_200)).await
    }

    /// An order of its own.
    fn choco_pie(&self, total: i64) -> NewPayment {
        let number = self.orders.fetch_add(1, Ordering::Relaxed) + 1;
        choco_pie(number, total)
    }

    /// Each is an attempt of its own.
    async fn create(&self, new: NewPayment) -> Bought {
        let payment = self.danpay.create(&key(), &new).await.unwrap();
        assert_eq!(payment.status.as_str(), "ready", "{payment:#?}");
        let checkout_url = payment.checkout_url.unwrap();
        Bought {
            shops_page: format!("{}/orders/1?payment_id={}", self.shop_url, payment.id),
            result_page: format!("{checkout_url}/result"),
            id: payment.id.to_string(),
            tid: payment.tid,
            checkout_url,
        }
    }

    /// The payer does this without a browser and comes back to us.
    pub(crate) async fn plays(&self, bought: &Bought, script: &str) {
        let back = self.sandbox.play(&bought.tid, script).unwrap();
        let answer = super::api::http().get(back).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.status());
    }

    /// Where KakaoPay was told to send this payer: `approval_url`, `cancel_url` or `fail_url`.
    pub(crate) async fn address(&self, bought: &Bought, name: &str) -> String {
        let journal = format!("{}/_sandbox/journal", self.sandbox.url());
        let journal = super::api::read(super::api::http().get(journal)).await;
        let entries = journal["entries"].as_array().unwrap().iter();
        let mut urls = entries.filter_map(|entry| {
            let asked: Value = serde_json::from_str(entry["body"].as_str()?).ok()?;
            let url = asked[name].as_str()?.to_owned();
            url.contains(&bought.id).then_some(url)
        });
        urls.next().unwrap()
    }

    /// The shop gives money back.
    pub(crate) async fn cancels(&self, bought: &Bought, total: i64) {
        let part = NewCancellation::part(total);
        let canceled = self.danpay.cancel(&bought.payment(), &key(), &part).await;
        canceled.unwrap();
    }

    /// Nobody can read the database any more.
    pub(crate) fn loses_the_database(&self) {
        std::fs::remove_file(self.database.path().join("danpay.db")).unwrap();
    }

    /// The shop takes it back before it was paid.
    pub(crate) async fn withdraws(&self, bought: &Bought) {
        self.danpay.withdraw(&bought.payment()).await.unwrap();
    }

    /// KakaoPay's side.
    pub(crate) fn ledger(&self, bought: &Bought) -> PaymentRecord {
        self.sandbox.payment(&bought.tid).unwrap()
    }

    /// Our side.
    pub(crate) async fn books(&self, bought: &Bought) -> Payment {
        self.danpay.payment(&bought.payment()).await.unwrap()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.sandbox.advance_clock(Duration::from_secs(seconds));
    }

    /// Money moved once, and both sides say so alike.
    pub(crate) async fn is_paid_once(&self, bought: &Bought, method: &str) {
        let ledger = self.ledger(bought);
        assert_eq!(ledger.status, PaymentStatus::SuccessPayment, "{ledger:?}");
        assert_eq!(ledger.approvals, 1);
        assert_eq!((ledger.total, ledger.vat), (2200, 200));
        assert_eq!(ledger.method, Some(method));

        let books = self.books(bought).await;
        assert_eq!(books.status.as_str(), "approved", "{books:#?}");
        assert_eq!(books.aid, ledger.aid);
        assert!(ledger.aid.is_some());
        assert_eq!((books.amount.total, books.amount.vat), (2200, 200));
        assert_eq!(books.payment_method_type, Some(method.into()));
        assert_eq!(books.failure, None);
        if method == "CARD" {
            let card = books.card_info.unwrap();
            // Approve's answer and a lookup's name the card in different fields.
            let name = card.kakaopay_issuer_corp.or(card.card_corp_name);
            assert_eq!(name.as_deref(), Some("신한"));
            assert_eq!(card.bin.as_deref(), Some("111111"));
        } else {
            assert_eq!(books.card_info, None);
        }
    }

    /// No money moved, and both sides say so.
    pub(crate) async fn is_unpaid(&self, bought: &Bought, status: &str) {
        self.is_unpaid_after(bought, status, 0).await;
    }

    /// The same, although KakaoPay was asked to approve.
    pub(crate) async fn is_unpaid_after(&self, bought: &Bought, status: &str, approve_calls: u32) {
        let ledger = self.ledger(bought);
        assert_eq!(ledger.approvals, 0, "{ledger:?}");
        assert_eq!(ledger.approve_calls, approve_calls);
        let books = self.books(bought).await;
        assert_eq!(books.status.as_str(), status, "{books:#?}");
        assert_eq!((books.aid, books.approved_at), (None, None));
    }
}
