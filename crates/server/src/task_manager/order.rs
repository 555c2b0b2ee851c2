//! `order`: which item comes first.

use std::cmp::Ordering;

use super::collection::Item;
use super::error::QueryError;
use super::field::Kind;
use super::layout::Layout;

/// `asc(field)` or `desc(field)`, by any filterable field but `tag`.
///
/// - Words with a meaning are ordered by it: `low` before `high`, `enqueued`
///   before `completed`. Texts go by their code points.
/// - Items without the field come last, in either direction.
/// - Items with equal fields go by id, in the same direction, so that no two
///   items are equal and a page's end is one place.
///
/// The default is `desc(id)`, newest first *(open)*: ids grow with time, and
/// unlike `updatedAt` an id does not change while a client pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// The position of the field in the layout.
    field: usize,
    descending: bool,
}

impl Order {
    /// The order of a query without one.
    pub(super) const DEFAULT: &str = "desc(id)";

    pub(super) fn parse(text: &str, layout: &Layout) -> Result<Self, QueryError> {
        let refuse = || QueryError::Value {
            parameter: "order",
            value: text.to_owned(),
            allowed: format!("asc(field) and desc(field) are, with one of {}", sortable(layout)),
        };
        let (direction, rest) = text.split_once('(').ok_or_else(refuse)?;
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => return Err(refuse()),
        };
        let name = rest.strip_suffix(')').ok_or_else(refuse)?;
        let field = layout.position(name).ok_or_else(refuse)?;
        if layout.fields[field].kind == Kind::Tags {
            return Err(refuse());
        }
        Ok(Self { field, descending })
    }

    pub(super) fn compare(&self, a: &Item, b: &Item) -> Ordering {
        match (a.keys[self.field].first(), b.keys[self.field].first()) {
            (Some(a_key), Some(b_key)) => self.directed(a_key.cmp(b_key).then(a.id.cmp(&b.id))),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.directed(a.id.cmp(&b.id)),
        }
    }

    fn directed(&self, ascending: Ordering) -> Ordering {
        if self.descending { ascending.reverse() } else { ascending }
    }
}

fn sortable(layout: &Layout) -> String {
    let names: Vec<_> = layout
        .fields
        .iter()
        .filter(|field| field.kind != Kind::Tags)
        .map(|field| field.name)
        .collect();
    names.join(", ")
}
