//! What happens to each exchange: the time of its arrival, the `Date` of its answer, the log.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use gatepass_protocol::EpochSeconds;
use http::{HeaderValue, header::DATE};

use super::arrival::ArrivedAt;
use crate::{
    exchange::{Decision, Exchange, Level},
    platform::Platform,
};

/// Stamps a request with its time, and tells the observer of its answer.
pub(super) async fn exchange(
    State(platform): State<Platform>,
    mut request: Request,
    next: Next,
) -> Response {
    let time = platform.clock().timestamp();
    let begun = stopwatch();
    request.extensions_mut().insert(ArrivedAt(time));
    let asked =
        platform.observer().is_some().then(|| (request.method().to_string(), route(&request)));

    let mut response = next.run(request).await;

    if let Ok(date) = HeaderValue::try_from(EpochSeconds::from(time).http_date()) {
        response.headers_mut().insert(DATE, date);
    }
    if let (Some(observer), Some((method, route))) = (platform.observer(), asked) {
        let Decision { client_id, reason } =
            response.extensions_mut().remove::<Decision>().unwrap_or_default();
        let error = response.status().is_client_error() || response.status().is_server_error();
        observer(&Exchange {
            time,
            level: if error { Level::Warn } else { Level::Info },
            method,
            route,
            status: response.status().as_u16(),
            duration: begun.elapsed(),
            client_id,
            decision: Some(reason).filter(|reason| !reason.is_empty()),
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
