//! A page of a list.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    #[schema(example = "list", extensions(("x-extensible-enum" = json!(["list"]))))]
    object: &'static str,
    data: Vec<T>,
    /// What the next page's `cursor` is; null on the last page.
    next_cursor: Option<String>,
    /// The ids of what belongs here and cannot be read, since its row is damaged.
    damaged: Vec<String>,
}

impl<T> List<T> {
    pub(crate) fn new(data: Vec<T>, next_cursor: Option<String>, damaged: Vec<String>) -> Self {
        Self {
            object: "list",
            data,
            next_cursor,
            damaged,
        }
    }
}
