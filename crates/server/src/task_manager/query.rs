//! The query string of a list, and of one item.

use std::borrow::Cow;

use crate::nearest::nearest;

use super::cursor::Cursor;
use super::detail::Detail;
use super::error::QueryError;
use super::filter::Filters;
use super::layout::Layout;
use super::order::Order;

/// Items in a page when `limit` is not given *(open)*.
const DEFAULT_LIMIT: usize = 100;
/// The largest `limit` *(open)*; clients are seen to send 1000.
const LARGEST_LIMIT: usize = 1000;

/// The parameters that are no filters. Each may be given once.
const CONTROLS: [&str; 4] = ["limit", "after", "order", "lod"];

/// What a list is asked (CONTRACT 8.2).
///
/// | parameter | takes | default |
/// |---|---|---|
/// | `limit` | 1 to 1000 | 100 |
/// | `after` | `cursors.after` of the page before; only beside `limit` | the first page |
/// | `order` | see [`Order`] | `desc(id)` |
/// | `lod` | see [`Detail`] | `full` |
/// | a field's name | see [`Filters`] | all items |
///
/// Filters and order beside `after` may be left out, as the vendor's scripts
/// do, or repeated as they were, as programs do that add `after` to the query
/// they have; anything else would be another list, and is refused *(open)*.
/// `limit` and `lod` are each page's own.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) limit: usize,
    pub(super) detail: Detail,
    pub(super) order: Order,
    pub(super) filters: Filters,
    /// The id of the last item of the page before.
    pub(super) after: Option<Continuation>,
    order_text: String,
    pairs: Vec<(String, String)>,
}

/// The page before, as its cursor has it.
#[derive(Debug)]
pub(super) struct Continuation {
    /// The cursor as sent.
    pub(super) cursor: String,
    /// The id of the last item shown.
    pub(super) last: u64,
}

impl Query {
    /// Reads a query string as it came, percent-encoded and without its `?`.
    pub(super) fn parse(raw: &str, layout: &Layout) -> Result<Self, QueryError> {
        let sent = Sent::parse(raw, layout)?;
        let limit = sent.limit.as_deref().map(parse_limit).transpose()?;
        let detail = sent.lod.as_deref().map(Detail::parse).transpose()?;
        let (order_text, pairs, after) = match sent.after {
            None => (sent.order, sent.filters, None),
            Some(_) if limit.is_none() => return Err(QueryError::AfterWithoutLimit),
            Some(after) => {
                let cursor = Cursor::decode(&after, layout)
                    .map_err(|reason| QueryError::Cursor { value: after.clone(), reason })?;
                agree(sent.order.as_deref(), &sent.filters, &cursor)?;
                let after = Continuation { cursor: after, last: cursor.last };
                (Some(cursor.order), cursor.filters, Some(after))
            }
        };
        let order_text = order_text.unwrap_or_else(|| Order::DEFAULT.to_owned());
        Ok(Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            detail: detail.unwrap_or_default(),
            order: Order::parse(&order_text, layout)?,
            filters: filters(&pairs, layout)?,
            after,
            order_text,
            pairs,
        })
    }

    /// The cursor to what comes after the item with the id `shown`.
    pub(super) fn cursor_after(self, shown: u64, layout: &Layout) -> String {
        let list = layout.list.to_owned();
        Cursor { list, order: self.order_text, filters: self.pairs, last: shown }.encode()
    }
}

/// Reads the query of one item: `lod` and nothing else.
pub(super) fn parse_single(raw: &str) -> Result<Detail, QueryError> {
    let mut lod = None;
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        if name != "lod" {
            return Err(unknown(&name, ["lod"].into_iter()));
        }
        set("lod", &mut lod, value)?;
    }
    lod.as_deref().map_or(Ok(Detail::default()), Detail::parse_single)
}

/// The parameters, told apart but not yet understood.
#[derive(Default)]
struct Sent {
    limit: Option<String>,
    after: Option<String>,
    order: Option<String>,
    lod: Option<String>,
    /// In their order, values decoded.
    filters: Vec<(String, String)>,
}

impl Sent {
    fn parse(raw: &str, layout: &Layout) -> Result<Self, QueryError> {
        let mut sent = Self::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            match &*name {
                "limit" => set("limit", &mut sent.limit, value)?,
                "after" => set("after", &mut sent.after, value)?,
                "order" => set("order", &mut sent.order, value)?,
                "lod" => set("lod", &mut sent.lod, value)?,
                _ if layout.position(&name).is_some() => {
                    sent.filters.push((name.into_owned(), value.into_owned()));
                }
                _ => {
                    let fields = layout.fields.iter().map(|field| field.name);
                    return Err(unknown(&name, CONTROLS.into_iter().chain(fields)));
                }
            }
        }
        Ok(sent)
    }
}

fn set(
    parameter: &'static str,
    slot: &mut Option<String>,
    value: Cow<'_, str>,
) -> Result<(), QueryError> {
    match slot.replace(value.into_owned()) {
        Some(_) => Err(QueryError::Repeated { parameter }),
        None => Ok(()),
    }
}

fn parse_limit(text: &str) -> Result<usize, QueryError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(limit @ 1..=LARGEST_LIMIT) if digits => Ok(limit),
        _ => Err(QueryError::Value {
            parameter: "limit",
            value: text.to_owned(),
            allowed: format!("an integer from 1 to {LARGEST_LIMIT} is"),
        }),
    }
}

fn filters(pairs: &[(String, String)], layout: &Layout) -> Result<Filters, QueryError> {
    let mut filters = Filters::default();
    for (name, value) in pairs {
        if let Some(position) = layout.position(name) {
            filters.add(position, value, layout)?;
        }
    }
    Ok(filters)
}

/// What is sent beside a cursor is absent or is what the cursor has.
fn agree(
    order: Option<&str>,
    filters: &[(String, String)],
    cursor: &Cursor,
) -> Result<(), QueryError> {
    if order.is_some_and(|order| order != cursor.order) {
        return Err(QueryError::DiffersFromCursor { parameter: "order".to_owned() });
    }
    if filters.is_empty() {
        return Ok(());
    }
    let added = filters.iter().find(|pair| !cursor.filters.contains(pair));
    let left_out = cursor.filters.iter().find(|pair| !filters.contains(pair));
    match added.or(left_out) {
        Some((name, _)) => Err(QueryError::DiffersFromCursor { parameter: name.clone() }),
        None => Ok(()),
    }
}

fn unknown(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> QueryError {
    let hint = match nearest(name, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are {}", known.collect::<Vec<_>>().join(", ")),
    };
    QueryError::UnknownParameter { parameter: name.to_owned(), hint }
}
