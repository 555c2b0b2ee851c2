//! What happens to each exchange: its body and the time of its arrival, the `Date` of its answer,
//! the log.

use std::time::Instant;

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use gatepass_protocol::EpochSeconds;
use http::{HeaderValue, header::DATE};

use super::{arrival::ArrivedAt, body, identity::claimed_client};
use crate::{
    exchange::{Decision, Exchange, Level},
    platform::Platform,
};

/// Receives a request, stamps it with the time of its API client's clock, and tells the observer
/// of its answer.
pub(super) async fn exchange(
    State(platform): State<Platform>,
    request: Request,
    next: Next,
) -> Response {
    let begun = stopwatch();
    let (mut parts, body) = request.into_parts();
    let received = body::receive(&parts.headers, body).await;
    let client = claimed_client(&parts.headers, &received.bytes());
    let time = platform.clocks().of(client).timestamp();
    parts.extensions.insert(received);
    parts.extensions.insert(ArrivedAt(time));
    let request = Request::from_parts(parts, Body::empty());
    let asked = platform
        .observer()
        .map(|observer| (observer, request.method().to_string(), route(&request)));

    let mut response = next.run(request).await;

    if let Ok(date) = HeaderValue::try_from(EpochSeconds::from(time).http_date()) {
        response.headers_mut().insert(DATE, date);
    }
    if let Some((observer, method, route)) = asked {
        let decision = response.extensions_mut().remove::<Decision>().unwrap_or_default();
        let error = response.status().is_client_error() || response.status().is_server_error();
        observer(&Exchange {
            time,
            level: if error { Level::Warn } else { Level::Info },
            method,
            route,
            status: response.status().as_u16(),
            duration: begun.elapsed(),
            client_id: decision.client_id.or(client),
            decision: Some(decision.reason).filter(|reason| !reason.is_empty()),
        });
    }
    response
}

fn route(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => request.uri().path().to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "measures how long the work took, tells no time")]
fn stopwatch() -> Instant {
    Instant::now()
}
