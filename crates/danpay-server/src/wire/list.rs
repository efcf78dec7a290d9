//! A page of a list.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    object: &'static str,
    data: Vec<T>,
    /// What the next page's `cursor` is; null on the last page.
    next_cursor: Option<String>,
    /// The ids of what belongs here and cannot be read, since its row is damaged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
