//! The platform's error envelopes: one mapping of reasons to HTTP for each (CONTRACT 4.1).

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{
    ApiErrorBody, AuthorizationError, ClientId, RepeatedParameter, TaskErrorBody, TokenErrorBody,
    TokenErrorCode,
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE},
};

use super::json;
use crate::{
    access::Unauthorized,
    account::AccountError,
    exchange::Decision,
    sign_in::Refusal,
    task_manager::{GetError, QueryError},
};

/// What a stranger is told, whichever of the client, its secret and its status was wrong
/// (CONTRACT 4.4).
const AUTHENTICATION_FAILED: &str = "client authentication failed";

/// What a stranger is told, whichever of the login, the password and the second factor was wrong.
const LOGIN_FAILED: &str = "the login failed";

/// A refusal of the token endpoint.
pub(crate) struct TokenError(Refusal);

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

/// An error of the Task Manager.
#[derive(Debug)]
pub(crate) enum TaskError {
    Unauthorized(Unauthorized),
    Forbidden { caller: Option<ClientId> },
    BadRequest(QueryError),
    NotFound(String),
    NoEndpoint(String),
    MethodNotAllowed(String),
}

/// The answer to a path that no route has.
pub(super) async fn no_endpoint(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if is_task_manager(&path) {
        TaskError::NoEndpoint(path).into_response()
    } else {
        ApiError::NoEndpoint(path).into_response()
    }
}

/// The answer to a method that the path's route does not have; the router adds `Allow`.
pub(super) async fn method_not_allowed(request: Request) -> Response {
    let method = request.method().to_string();
    if is_task_manager(request.uri().path()) {
        TaskError::MethodNotAllowed(method).into_response()
    } else {
        ApiError::MethodNotAllowed(method).into_response()
    }
}

fn is_task_manager(path: &str) -> bool {
    path.starts_with("/api/task_manager/")
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        use TokenErrorCode as Code;

        let reason = self.0.to_string();
        let (status, code, client_id) = match &self.0 {
            Refusal::NoCredentials
            | Refusal::Authorization(_)
            | Refusal::AuthorizationHeader
            | Refusal::BearerNotTaken
            | Refusal::UnknownClient(_) => (StatusCode::UNAUTHORIZED, Code::InvalidClient, None),
            Refusal::WrongSecret(id)
            | Refusal::WrongMethod(id, _)
            | Refusal::ClientDisabled(id) => {
                (StatusCode::UNAUTHORIZED, Code::InvalidClient, Some(*id))
            }
            Refusal::TwoMethods
            | Refusal::ClientIdsDiffer
            | Refusal::Repeated(_)
            | Refusal::Contradiction(_)
            | Refusal::NoGrantType
            | Refusal::MissingParameter(_)
            | Refusal::Flag(_)
            | Refusal::AssertionIsNotBearer => {
                (StatusCode::BAD_REQUEST, Code::InvalidRequest, None)
            }
            Refusal::UnknownGrantType(_) | Refusal::GrantNotOffered(_) => {
                (StatusCode::BAD_REQUEST, Code::UnsupportedGrantType, None)
            }
            Refusal::PublicClient(id) => {
                (StatusCode::BAD_REQUEST, Code::UnauthorizedClient, Some(*id))
            }
            Refusal::Scope(_) | Refusal::NoTenant => {
                (StatusCode::BAD_REQUEST, Code::InvalidScope, None)
            }
            Refusal::Assertion(_)
            | Refusal::AssertionOfAnother(_)
            | Refusal::UnknownUser
            | Refusal::WrongPassword(_)
            | Refusal::RefreshToken(_) => (StatusCode::BAD_REQUEST, Code::InvalidGrant, None),
            Refusal::TotpRequired(_) => (StatusCode::UNAUTHORIZED, Code::TotpRequired, None),
            Refusal::InvalidTotp(_) => (StatusCode::UNAUTHORIZED, Code::InvalidTotp, None),
            Refusal::TotpSetupRequired(_) => (StatusCode::FORBIDDEN, Code::TotpSetupRequired, None),
            Refusal::IdTokenRevoked => (StatusCode::BAD_REQUEST, Code::UnsupportedTokenType, None),
            Refusal::TenantNotAllowed(_) => (StatusCode::FORBIDDEN, Code::AccessDenied, None),
        };
        let told = match &self.0 {
            Refusal::UnknownClient(_)
            | Refusal::WrongSecret(_)
            | Refusal::WrongMethod(..)
            | Refusal::ClientDisabled(_) => AUTHENTICATION_FAILED,
            Refusal::UnknownUser | Refusal::WrongPassword(_) => LOGIN_FAILED,
            _ => &reason,
        };
        let body = TokenErrorBody::new(code, told);
        let mut response = json::decided(status, &body, Decision { client_id, reason });
        if status == StatusCode::UNAUTHORIZED {
            challenge_basic(&mut response);
        }
        forbid_caching(&mut response);
        response
    }
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

impl From<Unauthorized> for TaskError {
    fn from(reason: Unauthorized) -> Self {
        Self::Unauthorized(reason)
    }
}

impl From<QueryError> for TaskError {
    fn from(error: QueryError) -> Self {
        Self::BadRequest(error)
    }
}

impl From<GetError> for TaskError {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Query(error) => Self::BadRequest(error),
            GetError::Absent { .. } => Self::NotFound(error.to_string()),
        }
    }
}

impl IntoResponse for TaskError {
    fn into_response(self) -> Response {
        let (status, domain, code) = match &self {
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "Access", "Unauthorized"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "Access", "Forbidden"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "TaskManager", "BadRequest"),
            Self::NotFound(_) | Self::NoEndpoint(_) => {
                (StatusCode::NOT_FOUND, "TaskManager", "NotFound")
            }
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "TaskManager", "MethodNotAllowed")
            }
        };
        let (client_id, reason) = match &self {
            Self::Unauthorized(reason) => (None, reason.to_string()),
            Self::Forbidden { caller } => {
                (*caller, "the caller has no role of the Task Manager".to_owned())
            }
            Self::BadRequest(error) => (None, error.to_string()),
            Self::NotFound(what) => (None, what.clone()),
            Self::NoEndpoint(path) => (None, format!("there is no endpoint {path}")),
            Self::MethodNotAllowed(method) => {
                (None, format!("the endpoint has no method {method}"))
            }
        };
        let body = TaskErrorBody::new(domain, code, reason.clone());
        let mut response = json::decided(status, &body, Decision { client_id, reason });
        if let Self::Unauthorized(reason) = &self {
            challenge_caller(&mut response, reason);
        }
        response
    }
}

/// Marks an answer that holds tokens, or tells of them (CONTRACT 3.2).
pub(super) fn forbid_caching(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

/// RFC 6749 section 5.2.
pub(super) fn challenge_basic(response: &mut Response) {
    challenge(response, "Basic realm=\"platform\"");
}

/// RFC 6750 section 3: no error code to a request that brought no token. Who tried a login is
/// asked for a login.
fn challenge_caller(response: &mut Response, reason: &Unauthorized) {
    match reason {
        Unauthorized::Missing => challenge(response, "Bearer realm=\"platform\""),
        reason if is_failed_login(reason) => challenge_basic(response),
        _ => challenge_invalid_token(response),
    }
}

/// RFC 6750 section 3.1.
pub(super) fn challenge_invalid_token(response: &mut Response) {
    challenge(response, "Bearer realm=\"platform\", error=\"invalid_token\"");
}

fn is_failed_login(reason: &Unauthorized) -> bool {
    matches!(
        reason,
        Unauthorized::UnknownLogin
            | Unauthorized::WrongPassword(_)
            | Unauthorized::TwoFactor(_)
            | Unauthorized::Authorization(
                AuthorizationError::NotBase64
                    | AuthorizationError::NotText
                    | AuthorizationError::NoColon
                    | AuthorizationError::NoCredentials("Basic")
            )
    )
}

fn challenge(response: &mut Response, value: &'static str) {
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(value));
}
