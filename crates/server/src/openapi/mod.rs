//! The `OpenAPI` 3.1 document: what may be asked, and what is answered.
//!
//! It is made of two things that are in the code anyway: the types of bodies, whose schemas are
//! derived, and a table of operations beside each part of the route table, in the modules of
//! [`crate::http`] named `operations`. The end-to-end tests hold each answer that they get against
//! it.

mod answer;
mod document;
mod operation;
mod schema;

use std::sync::OnceLock;

use serde_json::{Value, json};

pub(crate) use self::{
    answer::Answer,
    document::Document,
    operation::{Operation, Security},
    schema::SomeOf,
};

/// The `OpenAPI` 3.1 document as `GET /openapi.json` answers it to those who know the platform as
/// `server_url`, in JSON.
pub fn openapi(server_url: &str) -> String {
    // Made for the first who asks: a start is not to wait for it.
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let mut document = DOCUMENT.get_or_init(|| crate::http::document().finish()).clone();
    document["servers"] = json!([{ "url": server_url }]);
    document.to_string()
}
