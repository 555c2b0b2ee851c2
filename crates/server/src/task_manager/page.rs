//! What a list answers.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// One page of a list, as it goes over the wire (CONTRACT 8.1).
///
/// The cursor stands twice, as the documents have it and as the vendor's
/// scripts read it; both members are there only while there is a next page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskPage")]
pub(crate) struct Page {
    pub(super) items: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursors: Option<Cursors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paging: Option<Paging>,
    /// The number of items in this page; with `lod=count`, of all that match.
    size: usize,
}

impl Page {
    pub(super) fn of(items: Vec<Value>, after: Option<String>) -> Self {
        let size = items.len();
        let cursors = after.map(|after| Cursors { after });
        let paging = cursors.clone().map(|cursors| Paging { cursors });
        Self { items, cursors, paging, size }
    }

    /// The answer to `lod=count`: no items, and how many there are.
    pub(super) fn count(size: usize) -> Self {
        Self { items: Vec::new(), cursors: None, paging: None, size }
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskCursors")]
struct Cursors {
    after: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskPaging")]
struct Paging {
    cursors: Cursors,
}
