use super::*;
use crate::error_code::ERROR_CODES;
use Endpoint::{Approve, Cancel, Order, Ready};
use Outcome::{NotSent, Rejected, Unknown};

fn outcome(endpoint: Endpoint, http_status: u16, body: &str) -> Outcome {
    classify(
        endpoint,
        &ApiError::from_answer(http_status, body.as_bytes(), &[]),
    )
}

fn code(endpoint: Endpoint, http_status: u16, code: i32) -> Outcome {
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
    (NotSent, &[-10, -429]),
    (
        Unknown,
        &[
            -1, -500, -503, -702, -780, -781, -782, -783, -784, -785, -9798,
        ],
    ),
];

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
    assert_eq!(count, ERROR_CODES.len());
}

#[test]
fn codes_stand_in_order_and_only_once() {
    assert!(ERROR_CODES.is_sorted_by(|a, b| a.code > b.code));
    for info in ERROR_CODES {
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
    for endpoint in [Ready, Approve, Order, Cancel] {
        for body in [
            "",
            "<html>",
            "{\"error_code\":-999}",
            "{\"error_code\":-780}",
        ] {
            assert_eq!(outcome(endpoint, 401, body), Rejected, "{body}");
            assert_eq!(outcome(endpoint, 403, body), Rejected, "{body}");
            assert_eq!(outcome(endpoint, 429, body), NotSent, "{body}");
        }
    }
}

#[test]
fn a_server_error_proves_nothing_whatever_its_body_says() {
    for endpoint in [Ready, Approve, Order, Cancel] {
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
        for endpoint in [Ready, Approve, Order, Cancel] {
            assert_eq!(code(endpoint, status, -706), Unknown, "{status}");
        }
    }
}
