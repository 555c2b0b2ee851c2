//! One method of one path.

use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::answer::{Answer, response};

/// How a caller may say who it is. Several are alternatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// HTTP Basic of an API client (CONTRACT 2.1).
    ClientBasic,
    /// HTTP Basic of a user (CONTRACT 5.5).
    UserBasic,
    /// A Bearer token (CONTRACT 1.5).
    Bearer,
    /// The key of the control API, where there is one.
    ControlKey,
    /// Credentials in the body, or none.
    None,
}

/// An operation in the making.
pub(crate) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    tag: &'static str,
    summary: &'static str,
    source: &'static str,
    security: &'static [Security],
    parameters: Vec<Value>,
    request: Option<Request>,
    answers: Vec<Answer>,
}

enum Request {
    Form(&'static [(&'static str, &'static str)]),
    Json { schema: fn(&mut SchemaGenerator) -> Schema, required: bool },
}

impl Operation {
    /// A method of a path, which is written as in the route table.
    pub(crate) fn new(method: Method, path: impl Into<String>, summary: &'static str) -> Self {
        let path = path.into();
        let parameters = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| {
                let schema = json!({ "type": "string" });
                json!({ "name": name, "in": "path", "required": true, "schema": schema })
            })
            .collect();
        Self {
            method,
            path,
            tag: "",
            summary,
            source: "",
            security: &[Security::None],
            parameters,
            request: None,
            answers: Vec::new(),
        }
    }

    /// The part of the document that it belongs to.
    #[must_use]
    pub(crate) fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// Where it is written down.
    #[must_use]
    pub(crate) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    #[must_use]
    pub(crate) fn secured(self, security: &'static [Security]) -> Self {
        Self { security, ..self }
    }

    /// Adds parameters of the query string: their names and what they say.
    #[must_use]
    pub(crate) fn query<'a>(
        mut self,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        self.parameters.extend(parameters.into_iter().map(|(name, description)| {
            let schema = json!({ "type": "string" });
            json!({ "name": name, "in": "query", "description": description, "schema": schema })
        }));
        self
    }

    /// Takes a parameter that the components hold.
    #[must_use]
    pub(crate) fn shared_parameter(mut self, name: &str) -> Self {
        self.parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
        self
    }

    /// Takes a form with these parameters: their names and what they say.
    #[must_use]
    pub(crate) fn form(self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        Self { request: Some(Request::Form(parameters)), ..self }
    }

    /// Takes JSON that becomes a `T`.
    #[must_use]
    pub(crate) fn json<T: JsonSchema>(self) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        Self { request: Some(Request::Json { schema, required: true }), ..self }
    }

    /// The same where a body may be left out.
    #[must_use]
    pub(crate) fn optional_json<T: JsonSchema>(self) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        Self { request: Some(Request::Json { schema, required: false }), ..self }
    }

    #[must_use]
    pub(crate) fn answers(mut self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.extend(answers);
        self
    }

    /// The Operation Object; `asked` has the schemas of what is sent, `answered` of what comes back.
    pub(super) fn object(
        mut self,
        asked: &mut SchemaGenerator,
        answered: &mut SchemaGenerator,
    ) -> Value {
        self.answers.sort_by_key(|answer| answer.status);
        let responses: serde_json::Map<_, _> = self
            .answers
            .chunk_by(|one, next| one.status == next.status)
            .map(|same| (same[0].status.to_string(), response(same, answered)))
            .collect();
        let mut object = json!({
            "operationId": identifier(&self.method, &self.path),
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.source,
            "security": self.security.iter().map(|one| one.requirement()).collect::<Vec<_>>(),
            "parameters": self.parameters,
        });
        if let Some(request) = &self.request {
            object["requestBody"] = request.object(asked);
        }
        object["responses"] = responses.into();
        object
    }
}

impl Request {
    fn object(&self, schemas: &mut SchemaGenerator) -> Value {
        match self {
            Self::Form(parameters) => {
                let properties: serde_json::Map<_, _> = parameters
                    .iter()
                    .map(|(name, description)| {
                        let schema = json!({ "type": "string", "description": description });
                        ((*name).to_owned(), schema)
                    })
                    .collect();
                let schema = json!({ "type": "object", "properties": properties });
                let form = json!({ "application/x-www-form-urlencoded": { "schema": schema } });
                // The parameters may stand in the query string (CONTRACT 2.4).
                json!({ "required": false, "content": form })
            }
            Self::Json { schema, required } => {
                let schema = schema(schemas).to_value();
                let content = json!({ "application/json": { "schema": schema } });
                json!({ "required": required, "content": content })
            }
        }
    }
}

impl Security {
    /// Its name among the components; `None` where no credentials are.
    pub(super) fn scheme(self) -> Option<&'static str> {
        match self {
            Self::ClientBasic => Some("clientBasic"),
            Self::UserBasic => Some("userBasic"),
            Self::Bearer => Some("bearer"),
            Self::ControlKey => Some("controlKey"),
            Self::None => None,
        }
    }

    fn requirement(self) -> Value {
        match self.scheme() {
            Some(scheme) => json!({ scheme: [] }),
            None => json!({}),
        }
    }
}

/// `get_api_2_clients_client_id`.
fn identifier(method: &Method, path: &str) -> String {
    let words = path.split(|character: char| !character.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    format!("{}_{words}", method.as_str().to_ascii_lowercase())
}
