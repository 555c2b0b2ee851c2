//! The members of a JSON body, read strictly: none unknown, none of another type.

use gatepass_protocol::{ApiClientStatus, ApiClientType, TenantId, TokenEndpointAuthMethod};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why a body is refused. It names the member and tells nothing of its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyProblem {
    #[error("the body is no JSON: {0}")]
    NotJson(String),
    #[error("the body is no JSON object")]
    NotAnObject,
    #[error("the member `{name}` is unknown; known are {known}")]
    Unknown { name: String, known: String },
    #[error("the member `{0}` is missing")]
    Missing(&'static str),
    #[error("the member `{name}` is not {expected}")]
    Value { name: &'static str, expected: &'static str },
}

/// A type that members have.
pub(crate) trait Member: DeserializeOwned {
    /// What a value has to be, in words.
    const EXPECTED: &'static str;
}

impl Member for String {
    const EXPECTED: &'static str = "a text";
}

impl Member for u32 {
    const EXPECTED: &'static str = "a whole number, zero or more";
}

impl Member for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";
}

impl Member for Map<String, Value> {
    const EXPECTED: &'static str = "an object";
}

impl Member for TenantId {
    const EXPECTED: &'static str = "a lower-case UUID of 36 characters";
}

impl Member for ApiClientType {
    const EXPECTED: &'static str = "`api_client` or `managed_client`";
}

impl Member for TokenEndpointAuthMethod {
    const EXPECTED: &'static str = "`client_secret_basic`, `client_secret_post` or `none`";
}

impl Member for ApiClientStatus {
    const EXPECTED: &'static str = "`enabled` or `disabled`";
}

/// The members of a body that is a JSON object.
#[derive(Debug, PartialEq)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, BodyProblem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(BodyProblem::NotAnObject),
            Err(error) => Err(BodyProblem::NotJson(error.to_string())),
        }
    }

    /// Refuses a member that is none of these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), BodyProblem> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(BodyProblem::Unknown { name: name.clone(), known: known.join(", ") }),
            None => Ok(()),
        }
    }

    /// Takes a member; `None` where it is left out. `null` is a value of no type.
    pub(super) fn optional<T: Member>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, BodyProblem> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let wrong = |_| BodyProblem::Value { name, expected: T::EXPECTED };
        serde_json::from_value(value).map(Some).map_err(wrong)
    }

    /// Takes a member that must be there.
    pub(super) fn required<T: Member>(&mut self, name: &'static str) -> Result<T, BodyProblem> {
        self.optional(name)?.ok_or(BodyProblem::Missing(name))
    }
}
