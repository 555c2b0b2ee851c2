//! The JWKS document as a JSON Schema (CONTRACT 6.4).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Stands for the document where schemas are made: the document itself is kept as text.
pub(crate) struct Jwks;

impl JsonSchema for Jwks {
    fn schema_name() -> Cow<'static, str> {
        "Jwks".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        json_schema!({
            "type": "object",
            "required": ["keys"],
            "properties": {
                "keys": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["use", "kty", "kid", "alg", "n", "e"],
                        "properties": {
                            "use": { "const": "sig" },
                            "kty": { "const": "RSA" },
                            "kid": { "type": "string", "format": "uuid" },
                            "alg": { "const": "RS256" },
                            "n": text,
                            "e": text,
                        },
                    },
                },
            },
        })
    }
}
