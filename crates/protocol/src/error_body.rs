//! The bodies of the platform's errors (CONTRACT 4.1).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The values of `error` on the token and the revocation endpoint (CONTRACT 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenErrorCode {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client authentication failed.
    InvalidClient,
    /// The assertion, code or refresh token is invalid.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// The platform does not offer this grant type.
    UnsupportedGrantType,
    /// The scope is malformed.
    InvalidScope,
    /// The scope is not allowed.
    AccessDenied,
    /// The user has to set up a second factor first.
    TotpSetupRequired,
    /// A code of the user's second factor is needed.
    TotpRequired,
    /// The code of the second factor is wrong.
    InvalidTotp,
    /// Tokens of this type can't be revoked (RFC 7009 section 2.2.1).
    UnsupportedTokenType,
}

impl TokenErrorCode {
    /// The value as it is on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::TotpSetupRequired => "totp_setup_required",
            Self::TotpRequired => "totp_required",
            Self::InvalidTotp => "invalid_totp",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }
}

/// The body of a token error: RFC 6749 section 5.2, with the two members that were recorded on a
/// failed client authentication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct TokenErrorBody {
    /// `Access` on a failed client authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// `InvalidClient` on a failed client authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code, see [`TokenErrorCode`].
    pub error: String,
    /// Words for a person, in the characters that RFC 6749 section 5.2 allows.
    #[serde(default)]
    pub error_description: String,
}

impl TokenErrorBody {
    /// The body for a code. Characters that RFC 6749 section 5.2 forbids in a description become
    /// `'` or `?`.
    pub fn new(code: TokenErrorCode, description: &str) -> Self {
        let access = code == TokenErrorCode::InvalidClient;
        Self {
            domain: access.then(|| "Access".to_owned()),
            reason: access.then(|| "InvalidClient".to_owned()),
            error: code.as_str().to_owned(),
            error_description: description.chars().map(describable).collect(),
        }
    }
}

fn describable(character: char) -> char {
    match character {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => character,
        _ => '?',
    }
}

/// The body of an error of the Account Management API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ApiErrorBody {
    /// What the body is about.
    pub error: ApiError,
}

/// The one member of [`ApiErrorBody`], its members in the order that was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ApiError {
    /// More words, and more members of the platform's own.
    pub details: ApiErrorDetails,
    /// Words for a person.
    pub message: String,
    /// The service that answered, e.g. `PlatformAccountServer`.
    pub domain: Option<String>,
    /// Members of the platform's own.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// The HTTP status or a code of the platform (CONTRACT 4.3): a number, or a text.
    #[cfg_attr(feature = "schemars", schemars(extend("type" = ["integer", "string"])))]
    pub code: Value,
}

/// `details` of an [`ApiError`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ApiErrorDetails {
    /// Words for a person.
    #[serde(default)]
    pub info: Option<String>,
}

impl ApiErrorBody {
    /// A body of the account server: `message` is the status in words, `info` what was wrong.
    pub fn new(code: u16, message: &str, info: impl Into<String>) -> Self {
        Self {
            error: ApiError {
                details: ApiErrorDetails { info: Some(info.into()) },
                message: message.to_owned(),
                domain: Some("PlatformAccountServer".to_owned()),
                context: Map::new(),
                code: code.into(),
            },
        }
    }
}

/// The body of an error of the Task Manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct TaskErrorBody {
    /// `Access` where the caller may not, `TaskManager` otherwise.
    pub domain: String,
    /// The code.
    pub code: String,
    /// The same as `code`; obsolete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the error is about.
    #[serde(default)]
    pub context: Map<String, Value>,
}

impl TaskErrorBody {
    /// A body with `info` in its context.
    pub fn new(domain: &str, code: &str, info: impl Into<String>) -> Self {
        let context = Map::from_iter([("info".to_owned(), Value::String(info.into()))]);
        Self {
            domain: domain.to_owned(),
            code: code.to_owned(),
            reason: Some(code.to_owned()),
            context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &impl Serialize) -> String {
        serde_json::to_string(body).unwrap()
    }

    #[test]
    fn the_bodies_are_those_that_were_recorded() {
        assert_eq!(
            text(&TokenErrorBody::new(TokenErrorCode::InvalidClient, "no")),
            r#"{"domain":"Access","reason":"InvalidClient","error":"invalid_client","error_description":"no"}"#
        );
        assert_eq!(
            text(&TokenErrorBody::new(TokenErrorCode::InvalidRequest, "no")),
            r#"{"error":"invalid_request","error_description":"no"}"#
        );
        assert_eq!(
            text(&ApiErrorBody::new(400, "Bad Request", "Bad Request")),
            r#"{"error":{"details":{"info":"Bad Request"},"message":"Bad Request","domain":"PlatformAccountServer","context":{},"code":400}}"#
        );
        assert_eq!(
            text(&TaskErrorBody::new("TaskManager", "NotFound", "no task 7")),
            r#"{"domain":"TaskManager","code":"NotFound","reason":"NotFound","context":{"info":"no task 7"}}"#
        );
    }

    #[test]
    fn a_description_has_only_the_characters_that_the_rfc_allows() {
        let body = TokenErrorBody::new(TokenErrorCode::InvalidRequest, "`a` \"b\" c:\\d\té");

        assert_eq!(body.error_description, "'a' 'b' c:/d??");
    }
}
