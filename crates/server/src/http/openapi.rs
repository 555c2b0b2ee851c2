//! `GET /openapi.json`, and what the document's operations have in common.

use axum::response::Response;
use gatepass_protocol::ApiErrorBody;
use http::Method;

use super::{account, arrival::Arrival, control, idp, json, task_manager};
use crate::openapi::{Answer, Document, Operation, openapi};

/// The document, at the data center URL that the caller used.
pub(super) async fn show(Arrival { base_url, .. }: Arrival) -> Response {
    json::text(openapi(&base_url.join("")))
}

/// All operations. Each path of the route table has to be here.
pub(crate) fn document() -> Document {
    let mut document = Document::new();
    document.add(idp::operations());
    document.add(account::operations());
    document.add(task_manager::operations());
    document.add(control::operations());
    document.add([own_operation()]);
    document
}

fn own_operation() -> Operation {
    Operation::new(Method::GET, "/openapi.json", "Show this document")
        .tag("document")
        .source("OpenAPI Specification 3.1")
        .answers([
            Answer::json::<serde_json::Map<String, serde_json::Value>>(200, "The document"),
            not_acceptable(),
        ])
}

/// What each route of the platform's own may answer.
pub(super) fn platform_answers() -> [Answer; 2] {
    [Answer::json::<ApiErrorBody>(400, "`X-Gatepass-Case` names no case"), not_acceptable()]
}

/// What each route that reads a body may answer.
pub(super) fn body_answers() -> [Answer; 3] {
    [
        Answer::json::<ApiErrorBody>(400, "The body broke off"),
        Answer::json::<ApiErrorBody>(408, "The body did not come in time"),
        Answer::json::<ApiErrorBody>(413, "The body is too long"),
    ]
}

fn not_acceptable() -> Answer {
    let description = "`Accept` names no type that can be served, or `Content-Type` not the one \
        that is taken (CONTRACT 4.2)";
    Answer::json::<ApiErrorBody>(415, description)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The paths of a route table, as its source has them.
    fn routed<'a>(prefix: &'a str, table: &'a str) -> impl Iterator<Item = String> + 'a {
        let routes = table.split(".route(").skip(1);
        routes.filter_map(move |route| Some(format!("{prefix}{}", route.split('"').nth(1)?)))
    }

    #[test]
    fn the_document_has_each_path_of_the_route_tables_and_no_other() {
        let tables: BTreeSet<_> = routed("", include_str!("mod.rs"))
            .chain(routed("/_gatepass", include_str!("control/mod.rs")))
            .collect();

        let document = document().finish();

        let documented = document["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(tables, documented);
    }
}
