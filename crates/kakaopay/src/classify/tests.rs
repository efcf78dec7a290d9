use super::*;
use crate::{Outcome, error_code::ALL};
use ApiEndpoint::{Approve, Cancel, Order, Ready};
use Outcome::{NotExecuted, Rejected, Unknown};

const ENDPOINTS: [ApiEndpoint; 4] = [Ready, Approve, Order, Cancel];

fn proven(endpoint: ApiEndpoint, http_status: u16, body: &str) -> Proof {
    classify(
        endpoint,
        &ApiError::from_answer(http_status, body.as_bytes(), &[]),
    )
}

fn outcome(endpoint: ApiEndpoint, http_status: u16, body: &str) -> Outcome {
    proven(endpoint, http_status, body).outcome()
}

fn code(endpoint: ApiEndpoint, http_status: u16, code: i32) -> Outcome {
    outcome(endpoint, http_status, &format!("{{\"error_code\":{code}}}"))
}

/// Every code of the tables, written down a second time by hand: a change of the table that
/// changes what a call's failure proves has to be made twice.
const PROOFS: [(Outcome, &[i32]); 3] = [
    (
        Rejected,
        &[
            -2, -3, -4, -5, -301, -400, -401, -402, -403, -404, -701, -703, -704, -705, -706, -707,
            -708, -710, -711, -721, -722, -723, -724, -725, -726, -730, -731, -732, -733, -750,
            -751, -752, -753, -761, -797, -798, -799,
        ],
    ),
    (NotExecuted, &[-10, -429]),
    (
        Unknown,
        &[
            -1, -500, -503, -702, -780, -781, -782, -783, -784, -785, -9798,
        ],
    ),
];

/// The table of the documentation: code, HTTP status, meaning, and a proof for each endpoint.
fn documented() -> Vec<(i32, u16, String, [Proof; 4])> {
    let rows = include_str!("../error_code.md").lines().filter_map(|line| {
        let cells: Vec<_> = line
            .strip_prefix("| -")?
            .split('|')
            .map(str::trim)
            .collect();
        let [code, status, meaning, ready, approve, order, cancel, ""] = cells[..] else {
            panic!("not a row of the table: {line}");
        };
        let proofs = [ready, approve, order, cancel].map(|cell| match cell {
            "not executed" => Proof::NotExecuted,
            "setup" => Proof::Setup,
            "refused" => Proof::Refused,
            "unknown" | "unknown ¹" => Proof::Unknown,
            _ => panic!("not a proof: {cell}"),
        });
        let code = -code.parse::<i32>().unwrap();
        Some((
            code,
            status.parse().unwrap(),
            meaning.replace('`', ""),
            proofs,
        ))
    });
    rows.collect()
}

#[test]
fn every_documented_code_proves_what_is_written_down_here() {
    let mut count = 0;
    for (expected, codes) in PROOFS {
        for &number in codes {
            let info = describe(number).unwrap_or_else(|| panic!("{number} is in no table"));
            for endpoint in [Approve, Cancel] {
                assert_eq!(
                    code(endpoint, info.http_status, number),
                    expected,
                    "{number}"
                );
            }
            count += 1;
        }
    }
    assert_eq!(count, ALL.len());

    let documented = documented();
    assert_eq!(documented.len(), ALL.len());
    for (info, (number, status, meaning, proofs)) in ALL.iter().zip(documented) {
        assert_eq!(
            (info.code, info.http_status, info.meaning),
            (number, status, meaning.as_str())
        );
        let body = format!("{{\"error_code\":{number}}}");
        for (endpoint, expected) in ENDPOINTS.into_iter().zip(proofs) {
            assert_eq!(info.proves(endpoint), expected, "{number} at {endpoint}");
            assert_eq!(
                proven(endpoint, status, &body),
                expected,
                "{number} at {endpoint}"
            );
        }
    }
}

#[test]
fn trouble_of_the_merchants_own_says_nothing_about_the_payment() {
    // A key that was revoked, an API that is switched off, a merchant code or a TID of another
    // account, an address or an IP that is not registered.
    for number in [-400, -401, -403, -404, -2, -721, -731, -733, -798, -799] {
        let status = describe(number).unwrap().http_status;
        let body = format!("{{\"error_code\":{number}}}");
        for endpoint in [Approve, Order, Cancel] {
            assert_eq!(proven(endpoint, status, &body), Proof::Setup, "{number}");
        }
    }
    for body in [
        "",
        "<html>",
        "{\"error_code\":-999}",
        "{\"error_code\":-723}",
    ] {
        for endpoint in ENDPOINTS {
            assert_eq!(proven(endpoint, 401, body), Proof::Setup, "{body}");
            assert_eq!(proven(endpoint, 403, body), Proof::Setup, "{body}");
        }
    }
    for body in ["", "<html>404</html>", "{\"error_code\":-999}"] {
        assert_eq!(proven(Approve, 404, body), Proof::Unknown, "{body}");
        assert_eq!(proven(Cancel, 404, body), Proof::Unknown, "{body}");
    }
}

#[test]
fn a_no_to_the_payment_is_no_trouble_of_the_merchants() {
    for number in [-701, -703, -706, -707, -708, -723, -725, -797] {
        let body = format!("{{\"error_code\":{number}}}");
        assert_eq!(proven(Approve, 400, &body), Proof::Refused, "{number}");
    }
    for number in [-710, -711, -722] {
        let body = format!("{{\"error_code\":{number}}}");
        assert_eq!(proven(Cancel, 400, &body), Proof::Refused, "{number}");
    }
}

#[test]
fn codes_stand_in_order_and_only_once() {
    assert!(ALL.is_sorted_by(|a, b| a.code > b.code));
    for info in ALL {
        assert!(
            !info.meaning.is_empty() && !info.meaning_ko.is_empty(),
            "{}",
            info.code
        );
        assert!((400..=503).contains(&info.http_status), "{}", info.code);
    }
}

#[test]
fn the_bank_decides_what_a_failed_approval_proves() {
    let failed = |endpoint, code: i32, result: &str| {
        let extras = format!("{{\"method_result_code\":{result}}}");
        outcome(
            endpoint,
            400,
            &format!("{{\"error_code\":{code},\"extras\":{extras}}}"),
        )
    };
    for (endpoint, code) in [(Approve, -780), (Cancel, -781), (Approve, -782)] {
        for doubtful in [
            "\"USER_LOCKED\"",
            "\"BANK_FIRM_UNKNOWN\"",
            "\"9999\"",
            "\"\"",
            "null",
        ] {
            assert_eq!(
                failed(endpoint, code, doubtful),
                Unknown,
                "{code} {doubtful}"
            );
        }
        for definite in ["\"8008\"", "\"6666\"", "6666"] {
            assert_eq!(
                failed(endpoint, code, definite),
                Rejected,
                "{code} {definite}"
            );
        }
        assert_eq!(
            super::tests::code(endpoint, 400, code),
            Unknown,
            "{code} without extras"
        );
    }
}

#[test]
fn the_gateway_proves_by_its_status_alone_that_nothing_was_executed() {
    for endpoint in ENDPOINTS {
        for body in [
            "",
            "<html>",
            "{\"error_code\":-999}",
            "{\"error_code\":-780}",
        ] {
            assert_eq!(outcome(endpoint, 401, body), Rejected, "{body}");
            assert_eq!(outcome(endpoint, 403, body), Rejected, "{body}");
            assert_eq!(outcome(endpoint, 429, body), NotExecuted, "{body}");
        }
    }
}

#[test]
fn a_server_error_proves_nothing_whatever_its_body_says() {
    for endpoint in ENDPOINTS {
        for status in [500, 502, 503, 504, 599] {
            for body in ["", "{\"error_code\":-706}", "{\"error_code\":-429}"] {
                assert_eq!(outcome(endpoint, status, body), Unknown, "{status} {body}");
            }
        }
    }
}

#[test]
fn an_unknown_refusal_leaves_money_in_doubt_only_where_money_can_move() {
    for body in [
        "",
        "{\"error_code\":-999}",
        "{\"error_code\":-702}",
        "{\"error_code\":-780}",
    ] {
        for status in [400, 404, 409, 422] {
            assert_eq!(outcome(Approve, status, body), Unknown, "{status} {body}");
            assert_eq!(outcome(Cancel, status, body), Unknown, "{status} {body}");
            assert_eq!(outcome(Ready, status, body), Rejected, "{status} {body}");
            assert_eq!(outcome(Order, status, body), Rejected, "{status} {body}");
        }
    }
}

#[test]
fn what_is_neither_success_nor_refusal_proves_nothing() {
    for status in [0, 100, 201, 204, 301, 302, 307, 308] {
        for endpoint in ENDPOINTS {
            assert_eq!(code(endpoint, status, -706), Unknown, "{status}");
        }
    }
}
