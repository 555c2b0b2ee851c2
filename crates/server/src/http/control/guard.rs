//! Who may use the control API.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{Secret, bearer_token};
use http::{
    HeaderMap, HeaderName, StatusCode, Uri,
    header::{AUTHORIZATION, HOST, ORIGIN},
    uri::Authority,
};

use super::problem::Problem;
use crate::platform::Platform;

/// Refuses callers without the key where there is one, and web pages of other origins always.
///
/// Without a key only loopback is served; there a page in a browser could still reach the server,
/// under a name that it made to mean 127.0.0.1 (DNS rebinding) or by posting across sites.
pub(super) async fn require_own_caller(
    State(platform): State<Platform>,
    request: Request,
    next: Next,
) -> Response {
    let verdict = match &platform.config().control_key {
        Some(key) => check_key(request.headers(), key),
        None => check_host(request.headers(), request.uri()),
    };
    match verdict.and_then(|()| check_origin(request.headers(), request.uri())) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check_key(headers: &HeaderMap, key: &Secret) -> Result<(), Problem> {
    let given = text(headers, AUTHORIZATION).and_then(|header| bearer_token(header).ok());
    if given.is_some_and(|given| Secret::from(given) == *key) {
        return Ok(());
    }
    Err(Problem {
        status: StatusCode::UNAUTHORIZED,
        message: "the control API needs its key".to_owned(),
        hint: "send `Authorization: Bearer KEY` with the key of --control-key",
    })
}

fn check_host(headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    if host(headers, uri).is_some_and(|host| is_loopback(host.host())) {
        return Ok(());
    }
    Err(Problem {
        status: StatusCode::FORBIDDEN,
        message: "the control API is not served under this host name".to_owned(),
        hint: "call it as localhost or 127.0.0.1, or start the server with a --control-key",
    })
}

fn check_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(()); // Not from a web page.
    };
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://"));
    let own = host(headers, uri);
    if origin.is_some_and(|(_, origin)| own.is_some_and(|own| own.as_str() == origin)) {
        return Ok(());
    }
    Err(Problem {
        status: StatusCode::FORBIDDEN,
        message: "the control API does not serve web pages of other origins".to_owned(),
        hint: "call it from a program, or from this server's own pages",
    })
}

fn host(headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    match uri.authority() {
        Some(authority) => Some(authority.clone()),
        None => text(headers, HOST)?.parse().ok(),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
