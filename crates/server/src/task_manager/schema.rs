//! The layouts as JSON Schemas.

use std::{borrow::Cow, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::field::Kind;
use super::layout::{ACTIVITIES, Layout, TASKS};
use super::page::Page;

/// Stands for a task where schemas are made: the tasks themselves are JSON from the fixtures.
pub(crate) struct Task;

/// The same for activities.
pub(crate) struct Activity;

/// A page of such items.
pub(crate) struct PageOf<T>(PhantomData<T>);

/// The filters of a list of tasks, and what they take.
pub(crate) fn filters_of_tasks() -> impl Iterator<Item = (&'static str, &'static str)> {
    filters(&TASKS)
}

/// The filters of a list of activities, and what they take.
pub(crate) fn filters_of_activities() -> impl Iterator<Item = (&'static str, &'static str)> {
    filters(&ACTIVITIES)
}

fn filters(layout: &'static Layout) -> impl Iterator<Item = (&'static str, &'static str)> {
    layout.fields.iter().map(|field| (field.name, takes(field.kind)))
}

fn takes(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "An ID. Given more than once, each is an alternative",
        Kind::Uuid => "A UUID. Given more than once, each is an alternative",
        Kind::Text | Kind::Tags => "A text. Given more than once, each is an alternative",
        Kind::Name => "A text or `like(text)`. Given more than once, each is an alternative",
        Kind::Choice(_) => {
            "One of the member's words. Given more than once, each is an alternative"
        }
        Kind::Time => "A time, plain or in `gt(…)`, `ge(…)`, `lt(…)` or `le(…)`",
        Kind::Flag => "`true` or `false`",
    }
}

impl JsonSchema for Task {
    fn schema_name() -> Cow<'static, str> {
        "Task".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        item(&TASKS)
    }
}

impl JsonSchema for Activity {
    fn schema_name() -> Cow<'static, str> {
        "Activity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        item(&ACTIVITIES)
    }
}

impl<T: JsonSchema> JsonSchema for PageOf<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Page", T::schema_name()).into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let item = schemas.subschema_for::<T>();
        let mut page = Page::json_schema(schemas);
        if let Some(items) = page.pointer_mut("/properties/items") {
            *items = json!({ "type": "array", "items": item });
        }
        page
    }
}

/// What can be filtered by has its kind, what all items have is required, and there may be more.
fn item(layout: &Layout) -> Schema {
    let open = || json!({ "type": "object", "additionalProperties": true });
    let mut schema = open();
    schema["required"] = json!(layout.listed);
    for field in layout.fields {
        let mut place = &mut schema;
        for member in field.path {
            place = &mut place["properties"][member];
            if place.is_null() {
                *place = open();
            }
        }
        *place = value(field.kind);
    }
    schema.try_into().expect("an object is a schema")
}

fn value(kind: Kind) -> Value {
    match kind {
        Kind::Id => json!({ "type": "integer", "minimum": 0 }),
        Kind::Uuid => json!({ "type": "string", "format": "uuid" }),
        Kind::Text | Kind::Name => json!({ "type": "string" }),
        Kind::Tags => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Flag => json!({ "type": "boolean" }),
    }
}
