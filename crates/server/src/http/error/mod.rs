//! The platform's error envelopes: one mapping of reasons to HTTP for each (CONTRACT 4.1).

mod api;
mod task;
mod token;

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use gatepass_protocol::AuthorizationError;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE},
};

pub(crate) use self::{api::ApiError, task::TaskError, token::TokenError};
use crate::access::Unauthorized;

/// What a stranger is told, whichever of the client, its secret and its status was wrong
/// (CONTRACT 4.4).
const AUTHENTICATION_FAILED: &str = "client authentication failed";

/// What a stranger is told, whichever of the login, the password and the second factor was wrong.
const LOGIN_FAILED: &str = "the login failed";

/// The answer to a path that no route has.
pub(in crate::http) async fn no_endpoint(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if is_task_manager(&path) {
        TaskError::NoEndpoint(path).into_response()
    } else {
        ApiError::NoEndpoint(path).into_response()
    }
}

/// The answer to a method that the path's route does not have; the router adds `Allow`.
pub(in crate::http) async fn method_not_allowed(request: Request) -> Response {
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

/// Marks an answer that holds tokens, or tells of them (CONTRACT 3.2).
pub(in crate::http) fn forbid_caching(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

/// RFC 6749 section 5.2.
pub(in crate::http) fn challenge_basic(response: &mut Response) {
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
pub(in crate::http) fn challenge_invalid_token(response: &mut Response) {
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
