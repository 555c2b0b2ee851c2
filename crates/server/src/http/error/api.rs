//! Errors of the Account Management API (CONTRACT 4.1).

use axum::response::{IntoResponse, Response};
use gatepass_protocol::{ApiErrorBody, ClientId, RepeatedParameter};
use http::StatusCode;

use super::{
    AUTHENTICATION_FAILED, LOGIN_FAILED, challenge_basic, challenge_caller, is_failed_login,
};
use crate::{
    access::Unauthorized, account::AccountError, exchange::Decision, http::json, sign_in::Refusal,
};

/// An error of the Account Management API, and of all that has no envelope of its own.
#[derive(Debug, Clone)]
pub(crate) enum ApiError {
    Unauthorized(Unauthorized),
    /// The caller has no right to what exists (CONTRACT 4.2).
    Forbidden {
        caller: Option<ClientId>,
        what: String,
    },
    /// The body or the query string says what it may not.
    BadRequest(String),
    /// The client authentication failed where the endpoint takes it beside a Bearer token.
    Client(Refusal),
    MissingParameter(&'static str),
    Repeated(RepeatedParameter),
    NotFound(String),
    NoEndpoint(String),
    MethodNotAllowed(String),
    /// Another object of the same type exists (CONTRACT 4.2).
    Conflict(String),
    /// With the type that came, if one did.
    UnsupportedMediaType(Option<String>),
    /// `Accept` names no type that can be served.
    NotAcceptable,
    /// With the limit, in bytes.
    TooLarge(usize),
    IncompleteBody,
    Timeout,
    /// The header `X-Gatepass-Case` names none that exists.
    UnknownCase(String),
}

impl From<Unauthorized> for ApiError {
    fn from(reason: Unauthorized) -> Self {
        Self::Unauthorized(reason)
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Forbidden { caller, what } => Self::Forbidden { caller, what },
            AccountError::UnknownClient(id) => Self::NotFound(format!("API client {id}")),
            AccountError::UnknownTenant(id) => Self::NotFound(format!("tenant {id}")),
            AccountError::UnknownLogin => Self::NotFound("user with this login".to_owned()),
            AccountError::NoUser(caller) => Self::Forbidden {
                caller,
                what: "a user's endpoint: it is an API client".to_owned(),
            },
            AccountError::OriginTaken(_) => Self::Conflict(error.to_string()),
            AccountError::Body(problem) => Self::BadRequest(problem.to_string()),
            AccountError::Query(problem) => Self::BadRequest(problem.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Unauthorized(_) | Self::Client(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::NoEndpoint(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType(_) | Self::NotAcceptable => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequest(_)
            | Self::IncompleteBody
            | Self::UnknownCase(_)
            | Self::MissingParameter(_)
            | Self::Repeated(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
        };
        let client_id = match &self {
            Self::Forbidden { caller, .. } => *caller,
            _ => None,
        };
        let reason = match &self {
            Self::Unauthorized(reason) => reason.to_string(),
            Self::Forbidden { what, .. } => format!("the caller has no right to {what}"),
            Self::BadRequest(reason) | Self::Conflict(reason) => reason.clone(),
            Self::Client(refusal) => refusal.to_string(),
            Self::MissingParameter(name) => format!("the parameter `{name}` is missing"),
            Self::Repeated(error) => error.to_string(),
            Self::NotFound(what) => format!("there is no {what}"),
            Self::NoEndpoint(path) => format!("there is no endpoint {path}"),
            Self::MethodNotAllowed(method) => format!("the endpoint has no method {method}"),
            Self::UnsupportedMediaType(None) => "the request has no Content-Type".to_owned(),
            Self::UnsupportedMediaType(Some(found)) => {
                format!("the Content-Type {found} is not the one that the endpoint takes")
            }
            Self::NotAcceptable => {
                "Accept names no type that can be served: only JSON is".to_owned()
            }
            Self::TooLarge(limit) => format!("the body is longer than {limit} bytes"),
            Self::IncompleteBody => "the body broke off".to_owned(),
            Self::Timeout => "the body did not come in time".to_owned(),
            Self::UnknownCase(what) => format!("X-Gatepass-Case: {what}"),
        };
        let told = match &self {
            Self::Unauthorized(reason) if is_failed_login(reason) => LOGIN_FAILED,
            Self::Client(_) => AUTHENTICATION_FAILED,
            _ => &reason,
        };
        let message = status.canonical_reason().unwrap_or_default();
        let body = ApiErrorBody::new(status.as_u16(), message, told);
        let mut response = json::decided(status, &body, Decision { client_id, reason });
        match &self {
            Self::Unauthorized(reason) => challenge_caller(&mut response, reason),
            Self::Client(_) => challenge_basic(&mut response),
            _ => {}
        }
        response
    }
}
