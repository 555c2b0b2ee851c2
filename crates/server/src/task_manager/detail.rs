//! `lod`: how much of an item is shown.

use serde_json::{Map, Value};

use super::error::QueryError;
use super::layout::Layout;

/// The level of detail. *(open)*: the contract names the levels and does not
/// say what is in them (CONTRACT 8.2).
///
/// | level | what an item shows |
/// |---|---|
/// | `tiny` | the required members (8.4), and once completed `completedAt` and the result's `code` |
/// | `short` | `tiny`, the whole result, and what a table shows: ids, type, tenant, policy, resource, progress, … |
/// | `long` | all but `context`, `kbLink` and `debug`, in its errors too |
/// | `full` | all but `debug`: the default, as the guide's answers to plain requests show `context` |
/// | `debug` | all |
/// | `count` | nothing: lists answer with `size` alone, the number of all items that match |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Detail {
    Tiny,
    Short,
    Long,
    #[default]
    Full,
    Debug,
    Count,
}

impl Detail {
    /// For a list.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        match text {
            "tiny" => Ok(Self::Tiny),
            "short" => Ok(Self::Short),
            "long" => Ok(Self::Long),
            "full" => Ok(Self::Full),
            "debug" => Ok(Self::Debug),
            "count" => Ok(Self::Count),
            _ => Err(refuse(text, "tiny, short, long, full, debug, count are")),
        }
    }

    /// For one item, of which there is nothing to count.
    pub(super) fn parse_single(text: &str) -> Result<Self, QueryError> {
        match Self::parse(text) {
            Ok(Self::Count) | Err(_) => {
                Err(refuse(text, "for a single item tiny, short, long, full, debug are"))
            }
            Ok(detail) => Ok(detail),
        }
    }

    /// The item at this level. `required` are the members of [`Layout::listed`]
    /// or of [`Layout::single`].
    pub(super) fn view(self, item: &Value, required: &[&str], layout: &Layout) -> Value {
        match self {
            Self::Tiny | Self::Count => tiny(item, required),
            Self::Short => {
                let members = required.iter().chain(layout.common).chain(&["result"]);
                without(&chosen(item, members.chain(&["completedAt"])), LENGTHY)
            }
            Self::Long => without(item, LENGTHY),
            Self::Full => without(item, &["debug"]),
            Self::Debug => item.clone(),
        }
    }
}

const LENGTHY: &[&str] = &["context", "kbLink", "debug"];

fn tiny(item: &Value, required: &[&str]) -> Value {
    let mut shown = chosen(item, required.iter().chain(&["result", "completedAt"]));
    if let Some(result) = shown.get_mut("result") {
        *result = chosen(result, &["code"]);
    }
    shown
}

fn chosen<'a>(item: &Value, members: impl IntoIterator<Item = &'a &'a str>) -> Value {
    members
        .into_iter()
        .filter_map(|name| item.get(name).map(|value| ((*name).to_owned(), value.clone())))
        .collect::<Map<_, _>>()
        .into()
}

/// The value without these members, at any depth.
fn without(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .map(|(name, inner)| (name.clone(), without(inner, names)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(|inner| without(inner, names)).collect(),
        plain => plain.clone(),
    }
}

fn refuse(value: &str, allowed: &str) -> QueryError {
    QueryError::Value { parameter: "lod", value: value.to_owned(), allowed: allowed.to_owned() }
}
