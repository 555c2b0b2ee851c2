//! What happens to each exchange: its body and the time of its arrival, the `Date` of its answer,
//! the log.

use std::time::Instant;

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{ClientId, EpochSeconds};
use http::{HeaderMap, HeaderValue, header::DATE};
use jiff::{SignedDuration, Timestamp};

use super::{
    arrival::{ArrivedAt, Connection},
    body,
    error::ApiError,
    identity::claimed_client,
};
use crate::{
    cases::{Ask, Play, Route, UnknownCase},
    exchange::{Decision, Exchange, Level},
    platform::Platform,
};

/// Names cases that play for one request, with commas between.
const CASE_HEADER: &str = "x-gatepass-case";

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
    let part = Route::of(parts.uri.path());
    let play = match choose(&platform, &parts.headers, client, part, time) {
        Ok(play) => play,
        Err(unknown) => return ApiError::UnknownCase(unknown.to_string()).into_response(),
    };
    let time = shifted(time, play.clock_ahead_s());
    parts.extensions.insert(received);
    parts.extensions.insert(ArrivedAt(time));
    if let Some(shape) = play.token_shape() {
        parts.extensions.insert(shape);
    }
    let connection = parts.extensions.get::<Connection>().cloned();
    let request = Request::from_parts(parts, Body::empty());
    let asked = platform
        .observer()
        .map(|observer| (observer, request.method().to_string(), route(&request)));

    let mut response = match part.and_then(|part| play.answer(part)) {
        Some(answer) => answer,
        None => next.run(request).await,
    };
    if let Some(connection) = connection {
        let delay_factor = platform.config().cases.delay_factor;
        response = play.bend(response, &connection, time.into(), delay_factor).await;
    }

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
            case: play.names(),
            decision: Some(decision.reason).filter(|reason| !reason.is_empty()),
        });
    }
    response
}

/// The cases that play for a request; those that its header names come first.
fn choose(
    platform: &Platform,
    headers: &HeaderMap,
    client: Option<ClientId>,
    route: Option<Route>,
    time: Timestamp,
) -> Result<Play, UnknownCase> {
    let Some(route) = route else {
        return Ok(Play::default());
    };
    let named: Vec<_> = headers
        .get_all(CASE_HEADER)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    platform.cases().play(&Ask { client, route, named: &named, now: time.into() })
}

fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
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
