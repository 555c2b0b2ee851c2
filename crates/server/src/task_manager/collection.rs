//! The tasks and the activities, and what they answer.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::cursor::CursorError;
use super::detail::Detail;
use super::error::{FixtureError, GetError, QueryError};
use super::field::{Key, Kind, parse_id};
use super::layout::{ACTIVITIES, Layout, TASKS};
use super::page::Page;
use super::query::{Query, parse_single};

/// Both collections of the Task Manager (CONTRACT 1.6).
#[derive(Debug)]
pub(crate) struct TaskManager {
    tasks: Collection,
    activities: Collection,
}

impl TaskManager {
    /// Reads two JSON arrays, and checks that each item has the members that
    /// the contract requires (8.4) and no value that a filter can't compare.
    pub(crate) fn from_json(tasks: &str, activities: &str) -> Result<Self, FixtureError> {
        Ok(Self {
            tasks: Collection::from_json(tasks, &TASKS)?,
            activities: Collection::from_json(activities, &ACTIVITIES)?,
        })
    }

    pub(crate) fn tasks(&self) -> &Collection {
        &self.tasks
    }

    pub(crate) fn activities(&self) -> &Collection {
        &self.activities
    }
}

/// Tasks, or activities.
#[derive(Debug)]
pub(crate) struct Collection {
    layout: &'static Layout,
    items: Vec<Item>,
}

impl Collection {
    fn from_json(json: &str, layout: &'static Layout) -> Result<Self, FixtureError> {
        let items: Vec<Map<String, Value>> = serde_json::from_str(json)
            .map_err(|source| FixtureError::Json { list: layout.list, source })?;
        let items = (1..)
            .zip(items)
            .map(|(position, members)| Item::new(members.into(), position, layout))
            .collect::<Result<Vec<_>, _>>()?;
        let mut ids = BTreeSet::new();
        match items.iter().find(|item| !ids.insert(item.id)) {
            Some(item) => Err(FixtureError::SameId { list: layout.list, id: item.id }),
            None => Ok(Self { layout, items }),
        }
    }

    /// Answers a list's query. `raw_query` is the query string as it came,
    /// percent-encoded and without its `?`; `visible` says whether the caller
    /// may see the items of a tenant, given its UUID.
    pub(crate) fn page(
        &self,
        raw_query: &str,
        visible: impl Fn(Uuid) -> bool,
    ) -> Result<Page, QueryError> {
        let query = Query::parse(raw_query, self.layout)?;
        let mut found: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| query.filters.match_keys(&item.keys) && visible(item.tenant))
            .collect();
        if query.detail == Detail::Count {
            return Ok(Page::count(found.len()));
        }
        found.sort_by(|a, b| query.order.compare(a, b));
        if let Some(after) = &query.after {
            let last = self.find(after.last).ok_or_else(|| QueryError::Cursor {
                value: after.cursor.clone(),
                reason: CursorError::Gone,
            })?;
            found.retain(|item| query.order.compare(item, last) == Ordering::Greater);
        }
        let is_last_page = found.len() <= query.limit;
        found.truncate(query.limit);
        let items = found
            .iter()
            .map(|item| query.detail.view(&item.value, self.layout.listed, self.layout))
            .collect();
        let after = match found.last() {
            Some(last) if !is_last_page => Some(query.cursor_after(last.id, self.layout)),
            _ => None,
        };
        Ok(Page::of(items, after))
    }

    /// Answers the query of one item, whose only parameter is `lod`. An item
    /// that the caller may not see is absent.
    pub(crate) fn get(
        &self,
        id: &str,
        raw_query: &str,
        visible: impl Fn(Uuid) -> bool,
    ) -> Result<Value, GetError> {
        let id = parse_id(id).ok_or_else(|| QueryError::Value {
            parameter: "id",
            value: id.to_owned(),
            allowed: Kind::Id.allowed(),
        })?;
        let detail = parse_single(raw_query)?;
        match self.find(id) {
            Some(item) if visible(item.tenant) => {
                Ok(detail.view(&item.value, self.layout.single, self.layout))
            }
            _ => Err(GetError::Absent { what: self.layout.item, id }),
        }
    }

    fn find(&self, id: u64) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }
}

/// A task or an activity, with what queries compare taken out of it once.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    /// By the position of the field in the layout.
    pub(super) keys: Vec<Vec<Key>>,
    tenant: Uuid,
    value: Value,
}

impl Item {
    fn new(value: Value, position: usize, layout: &Layout) -> Result<Self, FixtureError> {
        let list = layout.list;
        let missing =
            |member: &str| FixtureError::Missing { list, position, member: member.to_owned() };
        let wrong = |path: &[&str], found: &Value| FixtureError::Value {
            list,
            position,
            member: path.join("."),
            value: found.to_string(),
        };
        if let Some(member) = required(&value, layout).find(|member| value.get(member).is_none()) {
            return Err(missing(member));
        }
        let keys = layout
            .fields
            .iter()
            .map(|field| field.keys(&value).map_err(|found| wrong(field.path, found)))
            .collect::<Result<Vec<_>, _>>()?;
        let id = value["id"].as_u64().ok_or_else(|| missing("id"))?;
        let tenant = &value["tenant"];
        let uuid = tenant.get("uuid").ok_or_else(|| missing("tenant.uuid"))?;
        let uuid = uuid
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| wrong(&["tenant", "uuid"], uuid))?;
        Ok(Self { id, keys, tenant: uuid, value })
    }
}

/// The members that the item must have (CONTRACT 8.4), and `result` and
/// `completedAt` once it is completed.
fn required<'a>(value: &Value, layout: &'a Layout) -> impl Iterator<Item = &'a str> {
    let completed = value["state"] == "completed";
    let at_the_end: &[&str] = if completed { &["result", "completedAt"] } else { &[] };
    layout.single.iter().chain(at_the_end).copied()
}
