//! The way to KakaoPay: over plain http for tests alone, by way of a proxy, and what is said when it is
//! barred.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
};

use kakaopay::{
    ConfigError, Error, FieldProblem, InvalidBaseUrl, KakaoPay, Outcome, TransportError,
};

use crate::{
    approve_request,
    lost_answers::{ANSWER, http, listen, read_head},
    order_request, tid,
};

const SANDBOX: &str = "http://sandbox.invalid:7702";
/// `us3r:p@55` in the form of Basic.
const BASIC: &str = "proxy-authorization: Basic dXMzcjpwQDU1";

fn proxy_at(address: &str) -> String {
    address.replace("http://", "http://us3r:p%4055@")
}

#[test]
fn plain_http_to_another_machine_is_for_test_codes_alone() {
    let client = |cid: &str, allow| {
        let cid = cid.parse().unwrap();
        let client = KakaoPay::builder("DEV_KEY").cid(cid).base_url(SANDBOX);
        client.allow_http(allow).build()
    };
    let refused = |client: Result<KakaoPay, ConfigError>| match client.unwrap_err() {
        ConfigError::BaseUrl(error) => error,
        other => panic!("{other}"),
    };
    for test in ["TC0ONETIME", "TCSUBSCRIP", "TCSEQUENCE"] {
        assert!(client(test, true).is_ok(), "{test}");
        assert_eq!(refused(client(test, false)), InvalidBaseUrl::Insecure);
    }
    assert_eq!(
        refused(client("C000000001", true)),
        InvalidBaseUrl::RealCode
    );
}

#[tokio::test]
async fn a_request_that_names_a_real_code_is_not_sent_in_the_clear() {
    let client = KakaoPay::builder("DEV_KEY").base_url(SANDBOX);
    let client = client.allow_http(true).build().unwrap();
    let real = order_request(tid()).cid("C000000001".parse().unwrap());
    let error = client.order(&real).await.unwrap_err();
    let Error::InvalidField(field) = &error else {
        panic!("{error}");
    };
    assert_eq!(field.problem(), FieldProblem::RealOverHttp);
    assert_eq!(error.outcome(), Outcome::NotExecuted);
}

#[test]
fn a_sandbox_in_another_container_may_have_its_pages_on_this_machine() {
    let client = KakaoPay::builder("DEV_KEY").base_url(SANDBOX);
    let client = client.allow_http(true).build().unwrap();
    for (address, is_trusted) in [
        ("http://sandbox.invalid:7702/x", true),
        ("http://localhost:7702/x", true),
        ("http://shop.example/x", false),
        ("https://sandbox.invalid/x", false),
    ] {
        let address_of_its_own = client.payer_address(address);
        assert_eq!(address_of_its_own.is_some(), is_trusted, "{address}");
    }
    let real = KakaoPay::builder("DEV_KEY").build().unwrap();
    assert_eq!(real.payer_address("http://localhost/x"), None);
}

#[tokio::test]
async fn a_proxy_is_asked_with_its_password() {
    let (tell, heads) = mpsc::channel();
    let (proxy, _) = listen(move |mut line, _| {
        if let Some(head) = read_head(&mut line) {
            tell.send(head.clone()).unwrap();
            let answer = if head.starts_with("CONNECT") {
                http("407 Proxy Authentication Required", "", "")
            } else {
                http("200 OK", "", ANSWER)
            };
            let _hung_up = line.get_mut().write_all(&answer);
        }
    });
    let client = |base_url: &str| {
        let client = KakaoPay::builder("DEV_KEY")
            .base_url(base_url)
            .allow_http(true);
        client.proxy(proxy_at(&proxy)).build().unwrap()
    };
    client(SANDBOX)
        .approve(&approve_request(tid(), "t"))
        .await
        .unwrap();
    let head = heads.recv().unwrap().to_lowercase();
    assert!(
        head.starts_with("post http://sandbox.invalid:7702/online/"),
        "{head}"
    );
    assert!(head.contains(&BASIC.to_lowercase()), "{head}");

    let error = client("https://kakaopay.invalid")
        .order(&order_request(tid()))
        .await;
    let head = heads.recv().unwrap();
    assert!(head.starts_with("CONNECT kakaopay.invalid:443"), "{head}");
    assert!(!head.contains("DEV_KEY"), "{head}");
    let error = error.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotExecuted);
    let said = format!("{error} {error:?}");
    assert!(said.contains("the proxy let nothing through"), "{said}");
    assert!(!said.contains("us3r") && !said.contains("55"), "{said}");
}

#[tokio::test]
async fn what_is_on_this_machine_is_reached_without_the_proxy() {
    let (sandbox, _) = listen(|mut line, _| {
        if read_head(&mut line).is_some() {
            let _hung_up = line.get_mut().write_all(&http("200 OK", "", ANSWER));
        }
    });
    let client = KakaoPay::builder("DEV_KEY").base_url(&sandbox);
    let client = client.proxy("http://proxy.invalid:3128").build().unwrap();
    client.approve(&approve_request(tid(), "t")).await.unwrap();
}

#[tokio::test]
async fn a_socks_proxy_is_spoken_to_in_its_own_words() {
    let (tell, greetings) = mpsc::channel();
    let (proxy, _) = listen(move |mut line, _| {
        let mut greeting = [0; 1];
        if line.read_exact(&mut greeting).is_ok() {
            tell.send(greeting).unwrap();
        }
    });
    let proxy = proxy.replace("http://", "socks5h://us3r:p%4055@");
    let client = KakaoPay::builder("DEV_KEY").proxy(proxy).build().unwrap();
    let error = client.order(&order_request(tid())).await.unwrap_err();
    assert_eq!(greetings.recv().unwrap(), [5]);
    assert_eq!(error.outcome(), Outcome::NotExecuted);
    let said = format!("{error} {error:?}");
    assert!(!said.contains("us3r") && !said.contains("p@55"), "{said}");
}

/// What an error says of one order.
async fn said_of(base_url: &str) -> String {
    let client = KakaoPay::builder("DEV_KEY")
        .base_url(base_url)
        .build()
        .unwrap();
    let error = client.order(&order_request(tid())).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Transport {
            source: TransportError::NotSent(_),
            ..
        }
    ));
    error.to_string()
}

#[tokio::test]
async fn what_bars_the_way_is_named() {
    let said = said_of("https://kakaopay.invalid").await;
    assert!(said.contains("the name has no address (DNS)"), "{said}");

    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let said = said_of(&format!("http://{closed}")).await;
    assert!(said.contains("nobody listens there"), "{said}");
    assert!(said.contains("os error"), "{said}");

    // It answers, and not in TLS.
    let (plain, _) = listen(|mut line, _| {
        let _hung_up = line
            .get_mut()
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let said = said_of(&plain.replace("http://", "https://")).await;
    assert!(said.contains("TLS failed"), "{said}");
}
