//! Lists as files for spreadsheets: all the rows that a filter leaves, and not a page of them.
//!
//! **Invariant**: a file has in memory what is read at once, a page, however many rows it has and however
//! slowly it is read. It is read page by page by the list's own cursor, each page by a read of its own, so
//! no row is there twice. One that cannot be read to its end never looks whole.

mod accept;
mod cells;
mod columns;
mod export;
mod places;
mod rows;

use axum::response::Response;
use danpay_core::InvalidField;
use http::{HeaderValue, header};

use super::Caller;
use crate::app::App;
use crate::http::{Code, Problem};
use crate::limits;

pub(super) use accept::{Wanted, vary};
use export::Export;
pub(crate) use places::Exports;
pub(super) use rows::Rows;

/// A file of these rows. Its first page is read before it is answered, so that what is wrong at the
/// beginning is a problem like any other.
pub(super) async fn answer(app: App, caller: Caller, rows: Rows) -> Result<Response, Problem> {
    let place = app.exports.take(caller.shop.id).ok_or_else(too_many)?;
    let at = app.flow.clock.now().strftime("%Y%m%dT%H%M%SZ");
    let named = format!("attachment; filename=\"{}-{at}.csv\"", rows.name());
    let export = Export::new(app, caller, rows, place);
    let mut response = Response::new(export.begin().await?);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    // Words of ours and digits: it is always a header's value.
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}

/// What a list can be asked for, and a file cannot.
pub(super) fn not_of_a_file(field: &str) -> InvalidField {
    let (message, message_ko) = match field {
        "limit" => (
            "must be left out with Accept: text/csv: a file has all the rows that the filter leaves",
            "Accept: text/csv에는 쓸 수 없습니다. 파일에는 조건에 맞는 모든 행이 들어갑니다",
        ),
        "wait" => (
            "must be left out with Accept: text/csv: a file has what has happened so far",
            "Accept: text/csv에는 쓸 수 없습니다. 파일에는 지금까지의 이벤트가 들어갑니다",
        ),
        _ => (
            "must be the id of an event (evt_...) with Accept: text/csv: after latest there are no rows",
            "Accept: text/csv에는 이벤트의 id(evt_...)여야 합니다. latest 뒤에는 행이 없습니다",
        ),
    };
    InvalidField::new(field, message, message_ko)
}

fn too_many() -> Problem {
    let (shops, all) = (limits::EXPORTS_OF_SHOP, limits::EXPORTS);
    Problem::new(
        Code::TooManyExports,
        format!(
            "As many CSV files are being read as may be at once: {shops} by one shop, {all} by all. Nothing has \
             happened; try again when one is read."
        ),
        format!(
            "동시에 받을 수 있는 CSV 파일은 상점마다 {shops}개, 모두 {all}개까지입니다. 요청은 처리되지 않았으니 \
             받고 있는 파일이 끝난 뒤 다시 시도해 주세요."
        ),
    )
}
