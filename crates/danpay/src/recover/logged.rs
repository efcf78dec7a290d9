//! What a log of `danpay serve` names: payments, and the lines that are missing from it.

use std::collections::HashSet;
use std::io::{self, BufRead};

use danpay_server::Logged;
use serde_json::Value;

use crate::log::Gap;

/// The names of the fields, in both forms of the log.
const ID: &str = "payment.id";
const SHOP: &str = "payment.shop_id";
const TID: &str = "payment.tid";

#[derive(Default)]
pub(super) struct Log {
    pub(super) payments: Vec<Logged>,
    pub(super) gaps: Vec<Gap>,
}

/// Reads lines of either form; those that name neither say nothing to us.
pub(super) fn read(log: impl BufRead) -> io::Result<Log> {
    let mut read = Log::default();
    for line in log.split(b'\n') {
        // A line may be cut or hold anything; that is no reason to lose the others.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        read.gaps.extend(Gap::read(&line));
        read.payments
            .extend(from_json(&line).or_else(|| from_text(&line)));
    }
    Ok(read)
}

/// A payment has many lines; the first one is enough.
pub(super) fn each_once(payments: impl Iterator<Item = Logged>) -> impl Iterator<Item = Logged> {
    let mut seen = HashSet::new();
    payments.filter(move |payment| seen.insert(payment.tid.clone()))
}

fn from_json(line: &str) -> Option<Logged> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields")?;
    let text = |name: &str| fields.get(name)?.as_str();
    logged(text(ID)?, text(SHOP), text(TID)?)
}

fn from_text(line: &str) -> Option<Logged> {
    let text = |name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}="))?;
        let word = rest.split_whitespace().next()?;
        match word.strip_prefix('"') {
            // Without its end it was cut, and names another payment.
            Some(quoted) => quoted.strip_suffix('"'),
            // At the end of what its line stands in: `recovery{payment.id=pay_…}: …`.
            None => word.split('}').next(),
        }
    };
    logged(text(ID)?, text(SHOP), text(TID)?)
}

fn logged(id: &str, shop_id: Option<&str>, tid: &str) -> Option<Logged> {
    let tid = tid.to_owned();
    let shop_id = shop_id.map(str::parse).transpose().ok()?;
    (!tid.is_empty()).then_some(Logged {
        id: id.parse().ok()?,
        shop_id,
        tid,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "pay_01jz0000000000000000000000";

    fn tids(log: &str) -> Vec<String> {
        let log = read(log.as_bytes()).unwrap();
        each_once(log.payments.into_iter())
            .map(|payment| payment.tid)
            .collect()
    }

    #[test]
    fn both_forms_of_the_log_are_read_and_a_payment_counts_once() {
        let log = format!(
            "2026-11-25T00:00:00Z  INFO x: payment ready payment.id={ID} payment.tid=\"T1\" z=1\n\
             {{\"level\":\"INFO\",\"fields\":{{\"message\":\"payment ready\",\
             \"payment.id\":\"{ID}\",\"payment.tid\":\"T2\"}}}}\n\
             2026-11-25T00:00:01Z  INFO x: payment ready -> approving payment.id={ID} payment.tid=\"T1\"\n"
        );
        assert_eq!(tids(&log), ["T1", "T2"]);
    }

    #[test]
    fn a_line_that_stands_in_a_request_or_in_recovery_is_read() {
        let of = |span: &str, tid: &str| {
            format!(
                "2026-11-25T00:00:00Z  INFO {span}: danpay_server::flow: payment ready \
                 payment.id={ID} payment.tid=\"{tid}\"\n"
            )
        };
        let request = format!("request{{request_id=\"req_1\" payment.id={ID}}}");
        let recovery = format!("recovery{{payment.id={ID}}}");
        let log =
            of(&request, "T1") + &of(&recovery, "T2") + &of("request{request_id=\"x\"}", "T3");
        assert_eq!(tids(&log), ["T1", "T2", "T3"]);
    }

    #[test]
    fn lines_that_name_no_payment_are_passed_over() {
        let log = format!(
            "\n{{\nGET /v1 payment.tid=\"T1\"\nx payment.id=pay_1 payment.tid=\"T1\"\n\
             x payment.id={ID} payment.tid=\"\"\n\0 payment.id={ID} payment.tid=T3"
        );
        assert_eq!(tids(&log), ["T3"]);
        assert!(read(&b"\xff\xfe\n"[..]).unwrap().payments.is_empty());
    }

    #[test]
    fn a_line_that_was_cut_names_no_payment_and_what_is_missing_is_told() {
        let log = format!(
            "2026-11-25T00:00:00Z  INFO x: payment ready payment.id={ID} payment.tid=\"T12\n\
             2026-11-25T00:00:09Z  WARN danpay::log: log gap log.lost=2 \
             log.from=2026-11-25T00:00:01Z log.to=2026-11-25T00:00:02Z\n\
             2026-11-25T00:00:00Z  INFO x: payment ready payment.id={ID} payment.tid=\"T123\"\n"
        );
        assert_eq!(tids(&log), ["T123"]);
        let gaps = read(log.as_bytes()).unwrap().gaps;
        assert_eq!(gaps.iter().map(|gap| gap.lost).collect::<Vec<_>>(), [2]);
    }
}
