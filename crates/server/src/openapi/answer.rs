//! What an operation may answer.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// A kind of answer: its status, and its body if it has one.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(super) status: u16,
    description: &'static str,
    body: Body,
}

#[derive(Clone, Copy)]
enum Body {
    None,
    Json(fn(&mut SchemaGenerator) -> Schema),
    Text(&'static str),
}

impl Answer {
    /// JSON that a `T` becomes.
    pub(crate) fn json<T: JsonSchema>(status: u16, description: &'static str) -> Self {
        Self { status, description, body: Body::Json(SchemaGenerator::subschema_for::<T>) }
    }

    /// Text of a media type.
    pub(crate) fn text(media_type: &'static str, description: &'static str) -> Self {
        Self { status: 200, description, body: Body::Text(media_type) }
    }

    /// No body.
    pub(crate) fn empty(status: u16, description: &'static str) -> Self {
        Self { status, description, body: Body::None }
    }
}

/// The Response Object of answers that have one status.
pub(super) fn response(answers: &[Answer], schemas: &mut SchemaGenerator) -> Value {
    let mut descriptions: Vec<&str> = Vec::new();
    let mut json_bodies: Vec<Value> = Vec::new();
    let mut content = Map::new();
    for answer in answers {
        if !descriptions.contains(&answer.description) {
            descriptions.push(answer.description);
        }
        match answer.body {
            Body::None => {}
            Body::Text(media_type) => {
                content.insert(media_type.to_owned(), json!({ "schema": { "type": "string" } }));
            }
            Body::Json(schema) => {
                let schema = schema(schemas).to_value();
                if !json_bodies.contains(&schema) {
                    json_bodies.push(schema);
                }
            }
        }
    }
    if !json_bodies.is_empty() {
        let schema = match <[Value; 1]>::try_from(json_bodies) {
            Ok([only]) => only,
            Err(several) => json!({ "anyOf": several }),
        };
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
    }
    let mut response = json!({ "description": descriptions.join(" Or: ") });
    if !content.is_empty() {
        response["content"] = Value::Object(content);
    }
    response
}
