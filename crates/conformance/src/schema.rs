//! The JSON Schemas that answers are judged by.

use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::answer::brief;
use crate::check::{Verdict, unmet};

/// Violations that a reason lists; the rest is counted.
const MAX_LISTED: usize = 3;

macro_rules! schemas {
    ($($name:ident = $file:literal,)+) => {
        /// A schema of `fixtures/schemas`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Schema { $($name,)+ }

        /// The name and the text of each.
        const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../../fixtures/schemas/", $file)))),+];
    };
}

schemas! {
    AccessClaims = "access-claims.json",
    Activity = "activity.json",
    ActivityPage = "activity-page.json",
    ApiError = "api-error.json",
    Client = "client.json",
    ClientCreated = "client-created.json",
    Discovery = "discovery.json",
    DiscoveryOptional = "discovery-optional.json",
    IdClaims = "id-claims.json",
    Introspection = "introspection.json",
    InvalidClient = "invalid-client.json",
    Keys = "keys.json",
    Policies = "policies.json",
    RevokeError = "revoke-error.json",
    Task = "task.json",
    TaskError = "task-error.json",
    TaskPage = "task-page.json",
    Tenant = "tenant.json",
    TenantPage = "tenant-page.json",
    TokenAnswer = "token-answer.json",
    TokenError = "token-error.json",
    TokenHeader = "token-header.json",
    User = "user.json",
}

/// What judges nothing by itself, but others refer to it.
const REFERRED: (&str, &str) =
    ("task-manager.json", include_str!("../../../fixtures/schemas/task-manager.json"));

/// Where the schemas stand, for those that refer to another.
const BASE: &str = "gatepass:/schemas/";

static VALIDATORS: LazyLock<Vec<Validator>> =
    LazyLock::new(|| compile().expect("the embedded schemas are schemas: see tests"));

fn compile() -> Result<Vec<Validator>, Box<dyn std::error::Error>> {
    let mut registry = Registry::new();
    for (name, text) in FILES.iter().chain([&REFERRED]) {
        registry = registry.add(format!("{BASE}{name}"), serde_json::from_str::<Value>(text)?)?;
    }
    let registry = registry.prepare()?;
    let validator = |(name, text): &(&str, &str)| {
        let schema = serde_json::from_str(text)?;
        let options = jsonschema::options().with_registry(&registry);
        Ok(options.with_base_uri(format!("{BASE}{name}")).build(&schema)?)
    };
    FILES.iter().map(validator).collect()
}

/// Met when `value` is as `schema` says; else the reason names members and rules.
pub(crate) fn judge(schema: Schema, value: &Value) -> Verdict {
    let mut listed = Vec::new();
    let mut more = 0;
    for error in VALIDATORS[schema as usize].iter_errors(value) {
        if listed.len() == MAX_LISTED {
            more += 1;
            continue;
        }
        let path = error.instance_path().to_string();
        let at = if path.is_empty() { "at the top".to_owned() } else { format!("`{path}`") };
        listed.push(format!("{at}: {}", brief(&error.masked().to_string())));
    }
    match (listed.is_empty(), more) {
        (true, _) => Ok(()),
        (false, 0) => unmet(listed.join("; ")),
        (false, more) => unmet(format!("{}; and {more} more", listed.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_schema_compiles() {
        assert_eq!(VALIDATORS.len(), Schema::User as usize + 1);
    }

    #[test]
    fn a_violation_names_its_member() {
        let value = json!({"error": "invalid_client", "error_description": "say \"no\""});

        let told = judge(Schema::TokenError, &value).unwrap_err();

        assert!(format!("{told:?}").contains("`/error_description`"), "{told:?}");
    }
}
