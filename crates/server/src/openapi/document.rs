//! The whole document.

use schemars::{
    SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

use super::{Operation, Security};

/// What a document says of itself.
const DESCRIPTION: &str = "What this stand-in for the platform answers when nothing is made to \
    fail. A case that plays may change any answer: `GET /_gatepass/cases` lists the cases. A path \
    that is not here answers 404, a method that a path does not have 405 with `Allow`, both with \
    the error envelope of the API (CONTRACT 4.1, 4.2). `HEAD` is served where `GET` is. Sections \
    are those of Gatepass's CONTRACT.md.";

/// A document in the making.
pub(crate) struct Document {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Document {
    pub(crate) fn new() -> Self {
        Self {
            asked: generator(Contract::Deserialize),
            answered: generator(Contract::Serialize),
            paths: Map::new(),
        }
    }

    /// Adds operations.
    pub(crate) fn add(&mut self, operations: impl IntoIterator<Item = Operation>) {
        for operation in operations {
            let method = operation.method.as_str().to_ascii_lowercase();
            let path = self.paths.entry(&operation.path).or_insert_with(|| json!({}));
            path[method] = operation.object(&mut self.asked, &mut self.answered);
        }
    }

    /// The document, without its servers.
    pub(crate) fn finish(mut self) -> Value {
        let mut schemas = self.asked.take_definitions(true);
        schemas.extend(self.answered.take_definitions(true));
        json!({
            "openapi": "3.1.1",
            "info": {
                "title": "Gatepass",
                "version": env!("CARGO_PKG_VERSION"),
                "description": DESCRIPTION,
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [],
            "tags": [
                { "name": "identity provider", "description": "Tokens and keys (CONTRACT 2, 3, 6)" },
                { "name": "account management", "description": "API clients, users, tenants (CONTRACT 5, 7)" },
                { "name": "task manager", "description": "Tasks and activities (CONTRACT 8)" },
                { "name": "control", "description": "What a test tells the platform" },
                { "name": "document", "description": "This document" },
            ],
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "parameters": { "case": case_header() },
                "securitySchemes": security_schemes(),
            },
        })
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.contract = contract;
    settings.meta_schema = None;
    settings.definitions_path = "/components/schemas".into();
    settings.into_generator()
}

fn case_header() -> Value {
    json!({
        "name": "X-Gatepass-Case",
        "in": "header",
        "description": "Names of cases that play for this request, with commas between",
        "schema": { "type": "string" },
    })
}

fn security_schemes() -> Value {
    let scheme = |security: Security, scheme: &str, description: &str| {
        let name = security.scheme().unwrap_or_default();
        (name.to_owned(), json!({ "type": "http", "scheme": scheme, "description": description }))
    };
    Value::from(Map::from_iter([
        scheme(Security::ClientBasic, "basic", "`client_id` and `client_secret` (CONTRACT 2.1)"),
        scheme(Security::UserBasic, "basic", "A user's login and password (CONTRACT 5.5)"),
        scheme(Security::Bearer, "bearer", "An access token (CONTRACT 1.5)"),
        scheme(Security::ControlKey, "bearer", "The key of `--control-key`, where there is one"),
    ]))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_sent_and_what_comes_back_have_no_name_in_common_but_for_the_same() {
        let mut document = crate::http::document();

        let asked = document.asked.take_definitions(true);
        let answered = document.answered.take_definitions(true);

        for (name, schema) in &asked {
            let other = answered.get(name).unwrap_or(schema);
            assert_eq!(schema, other, "{name}");
        }
    }
}
