//! The afternoon of README.md: each of its lines is run as it stands there, from nothing to payments that are
//! paid and given back, and KakaoPay's ledger has to agree with what the text says.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

mod readme;
mod run;

use serde_json::json;

use self::readme::{Block, blocks, is_shown, promised, without_comment};
use self::run::{Afternoon, pay_slowly};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What the README promises.
const LINES_MAX: usize = 60;
const ORDERS: [&str; 2] = ["order-1", "order-2"];

/// Runs the blocks, and compares what has happened with what the text says.
async fn happens(blocks: &[Block]) -> Result<(), String> {
    compare(Afternoon::begin(blocks), blocks).await
}

async fn compare(mut afternoon: Afternoon, blocks: &[Block]) -> Result<(), String> {
    let ended = afternoon.comes(|it| it.shell.try_wait().unwrap().is_some());
    let ended = ended.await && afternoon.shell.wait().unwrap().success();
    let (said, trouble) = (afternoon.read("said"), afternoon.read("trouble"));
    let so = |is_so: bool, what: &str| {
        let problem = || format!("{what}\n{said}\n{trouble}");
        if is_so { Ok(()) } else { Err(problem()) }
    };
    so(ended, "a line fails, or they do not end")?;
    let shown: Vec<_> = said.lines().filter(is_shown).collect();
    so(
        shown == promised(blocks),
        "another thing is shown than the comments say",
    )?;
    let checkout = format!("http://127.0.0.1:{}/pay/pay_", afternoon.ports[0]);
    let shown = said.lines().filter(|line| line.starts_with(&checkout));
    so(
        shown.count() == ORDERS.len(),
        "not each order's checkout_url is shown",
    )?;
    let paid_and_given_back = json!([["PAYMENT", 2200], ["CANCEL", 1100], ["CANCEL", 1100]]);
    let moved = json!({ "order-1": paid_and_given_back, "order-2": paid_and_given_back });
    let ledger = afternoon.moved().await;
    so(ledger == moved, &format!("other money has moved: {ledger}"))?;
    let events = ["ready", "approved", "partially_canceled", "canceled"];
    let events = events.map(|event| format!("payment.{event}"));
    let all = |it: &mut Afternoon| it.told().iter().all(|told| told.len() >= events.len());
    let _ = afternoon.comes(all).await;
    let told = afternoon.told();
    so(
        told == [&events[..], &events],
        &format!("the receiver was told {told:?}"),
    )?;
    let answer = afternoon.answer_to_a_forgery().await;
    so(answer == 400, &format!("to a forgery it answers {answer}"))
}

#[tokio::test]
async fn each_line_of_the_readmes_afternoon_does_what_the_readme_says() {
    let blocks = blocks("README.md");
    let lines = blocks.iter().flat_map(|(_, code)| code.lines());
    let lines = lines.filter(|line| !line.trim().is_empty()).count();
    assert!(lines < LINES_MAX, "{lines} lines");
    assert_eq!(promised(&blocks).len(), 2 * 4, "{:?}", promised(&blocks));
    if let Err(problem) = happens(&blocks).await {
        unreachable!("{problem}");
    }
}

/// Whoever pays in a browser takes a while, and nobody's script pays for them.
#[tokio::test]
async fn a_payer_who_takes_a_while_is_waited_for() {
    let mut blocks = blocks("README.md");
    let all = blocks.len();
    blocks.retain(|(_, code)| !code.contains("_sandbox/payer"));
    assert_eq!(blocks.len(), all - 2);
    let afternoon = Afternoon::begin(&blocks);
    let payers = tokio::spawn(pay_slowly(afternoon.ports[1]));
    let happened = compare(afternoon, &blocks).await;
    payers.abort();
    if let Err(problem) = happened {
        unreachable!("{problem}");
    }
}

/// A test that cannot fail would guard nothing.
#[tokio::test]
async fn an_afternoon_with_another_line_is_found() {
    for (from, to, problem) in [
        (
            r#""amount":{"total":2200}"#,
            r#""amount":{"total":2300}"#,
            "another thing is shown",
        ),
        (
            r#"-d '{"expected_left":1100}'"#,
            "",
            "another thing is shown",
        ),
        ("order-2-refund-2", "order-2-refund-1", "a line fails"),
        (
            "webhook.verify(await text(request), request.headers)",
            "JSON.parse(await text(request))",
            "to a forgery it answers 204",
        ),
        ("jq -r .checkout_url payment.json", "", "not each order's"),
        (
            "# canceled 2200 2200",
            "# canceled 2200 1100",
            "another thing is shown",
        ),
    ] {
        let mut changed = blocks("README.md");
        let found = changed.iter().map(|(_, code)| code.matches(from).count());
        assert_eq!(found.sum::<usize>(), 1, "{from}");
        for (_, code) in &mut changed {
            *code = code.replace(from, to);
        }
        let happened = happens(&changed).await;
        assert!(
            happened
                .as_ref()
                .is_err_and(|said| said.starts_with(problem)),
            "{to}: {happened:?}"
        );
    }
}

#[test]
fn the_korean_readme_has_the_same_lines_but_for_comments() {
    let bare = |readme| -> Vec<Block> {
        let bare = blocks(readme).into_iter().map(|(language, code)| {
            let lines = code.lines().map(|line| without_comment(&language, line).0);
            let lines = lines.collect::<Vec<_>>().join("\n");
            (language, lines)
        });
        bare.collect()
    };
    assert_eq!(bare("README.ko.md"), bare("README.md"));
    assert_eq!(
        promised(&blocks("README.ko.md")),
        promised(&blocks("README.md"))
    );
}
