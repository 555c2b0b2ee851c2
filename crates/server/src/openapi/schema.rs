//! Schemas beside those that are derived.

use std::{borrow::Cow, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Some of the members of a `T`, as many as were asked for.
pub(crate) struct SomeOf<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for SomeOf<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("SomeOf{}", T::schema_name()).into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(schemas);
        schema.remove("required");
        schema
    }
}
