//! Holds each answer against the `OpenAPI` document: the status has to be documented for the
//! operation, and the body valid against the schema of its media type, with no member beside those
//! that the schema names.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use gatepass_server::openapi;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::Answer;

/// Expects an answer to a method of a path to be one that the document promises.
///
/// A path that the document does not have answers an error of the platform, and a method that the
/// path does not have 405.
pub(crate) fn assert_documented(method: &str, path: &str, answer: &Answer) {
    let document = &*DOCUMENT;
    let method = method.to_ascii_lowercase();
    let Some(template) = document.template_of(path) else {
        assert!([400, 404].contains(&answer.status()), "{path} is not documented\n{answer}");
        return document.assert_error_envelope(answer, method == "head");
    };
    let operations = &document.value["paths"][template];
    // A GET route answers HEAD too.
    let documented = if method == "head" { "get" } else { &method };
    let Some(operation) = operations.get(documented) else {
        let refused = [400, 401, 403, 405];
        assert!(refused.contains(&answer.status()), "{method} is not documented\n{answer}");
        return document.assert_error_envelope(answer, method == "head");
    };
    let status = answer.status().to_string();
    let response = operation["responses"].get(&status);
    let response = response.unwrap_or_else(|| panic!("{status} is not documented\n{answer}"));
    if method == "head" {
        return;
    }
    let pointer = format!("{documented} {template} {status}");
    let Some(content) = response.get("content") else {
        return assert_eq!(answer.body(), "", "no body is documented\n{answer}");
    };
    let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
    let media = content.get(media_type);
    let media = media.unwrap_or_else(|| panic!("{media_type} is not documented\n{answer}"));
    if media_type == "application/json" {
        document.assert_valid(&pointer, &media["schema"], answer);
    }
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::new);

struct Document {
    value: Value,
    /// By the answer that they are for, made when first needed.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    fn new() -> Self {
        let mut value: Value = serde_json::from_str(&openapi("http://127.0.0.1")).unwrap();
        close(&mut value["components"]["schemas"]);
        Self { value, validators: Mutex::default() }
    }

    /// The documented path that a path is one of; one without parameters before one with.
    fn template_of(&self, path: &str) -> Option<&str> {
        let templates = self.value["paths"].as_object().unwrap().keys();
        let mut fitting: Vec<_> = templates.filter(|template| fits(template, path)).collect();
        fitting.sort_by_key(|template| template.matches('{').count());
        fitting.first().map(|template| template.as_str())
    }

    fn assert_valid(&self, key: &str, schema: &Value, answer: &Answer) {
        let validator = self.validator(key, schema);
        let body = answer.json();
        let complaints: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| format!("at `{}`: {error}", error.instance_path()))
            .collect();
        let complaints = complaints.join("\n");
        assert!(complaints.is_empty(), "{key} is documented otherwise:\n{complaints}\n{answer}");
    }

    /// Expects the envelope of the API, of the Task Manager or of the control API.
    fn assert_error_envelope(&self, answer: &Answer, without_body: bool) {
        if !without_body {
            let envelopes = ["ApiErrorBody", "TaskErrorBody", "ControlError"];
            let envelopes =
                envelopes.map(|it| json!({ "$ref": format!("#/components/schemas/{it}") }));
            self.assert_valid("an error", &json!({ "anyOf": envelopes }), answer);
        }
    }

    fn validator(&self, key: &str, schema: &Value) -> Arc<Validator> {
        // A test that failed meanwhile left the map as it was.
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let root = json!({ "allOf": [schema], "components": self.value["components"] });
            Arc::new(jsonschema::draft202012::new(&root).unwrap())
        };
        Arc::clone(validators.entry(key.to_owned()).or_insert_with(new))
    }
}

/// Lets an object have no members but those that its schema names, unless it says otherwise:
/// what is answered and not documented is to be noticed.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if is_object_schema(members) {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_object_schema(members: &Map<String, Value>) -> bool {
    members.get("properties").is_some_and(Value::is_object)
        && members.get("type").is_some_and(|it| *it == "object" || it.is_array())
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, found)| {
            if wanted.starts_with('{') { !found.is_empty() } else { wanted == found }
        })
}
