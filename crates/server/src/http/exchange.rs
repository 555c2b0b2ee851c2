//! What happens to each exchange: its body and the time of its arrival, the `Date` of its answer,
//! the journal, the log.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{ClientId, EpochSeconds};
use http::{HeaderMap, HeaderValue, header::DATE};
use http_body_util::{BodyExt, Collected};
use jiff::{SignedDuration, Timestamp};

use super::{
    arrival::{ArrivedAt, Connection},
    body,
    error::ApiError,
    identity::claimed_client,
};
use crate::{
    cases::{Ask, Play, Route, UnknownCase},
    exchange::{Decision, Exchange},
    journal::{Answered, Asked, Outcome},
    live::Event,
    platform::Platform,
    redaction::scrub,
    stopwatch,
};

/// A test's own calls of the control API are no part of what it tests: the journal has no room
/// for them.
const CONTROL: &str = "/_gatepass/";

/// Names cases that play for one request, with commas between.
const CASE_HEADER: &str = "x-gatepass-case";

/// Receives a request, stamps it with the time of its API client's clock, records it with its
/// answer, and tells the observer.
pub(super) async fn exchange(
    State(platform): State<Platform>,
    request: Request,
    next: Next,
) -> Response {
    let begun = stopwatch::start();
    let (mut parts, body) = request.into_parts();
    let received = body::receive(&parts.headers, body).await;
    let bytes = received.bytes();
    let client = claimed_client(&parts.headers, &bytes);
    let clock = platform.clocks().of(client);
    let frozen = clock.is_frozen();
    let part = Route::of(parts.uri.path());
    let (play, refusal) = match choose(&platform, &parts.headers, client, part, clock.now()) {
        Ok(play) => (play, None),
        Err(unknown) => (Play::default(), Some(ApiError::UnknownCase(unknown.to_string()))),
    };
    let time = shifted(clock.timestamp(), play.clock_ahead_s());
    parts.extensions.insert(received);
    parts.extensions.insert(ArrivedAt(time));
    if let Some(shape) = play.token_shape() {
        parts.extensions.insert(shape);
    }
    let connection = parts.extensions.get::<Connection>().cloned();
    let asked = connection
        .as_ref()
        .filter(|_| !parts.uri.path().starts_with(CONTROL))
        .map(|connection| Asked::new(&parts, &bytes, connection.peer.ip(), &connection.scheme));
    let log_line = platform.observer().map(|_| (parts.method.clone(), parts.uri.path().to_owned()));
    let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().into());
    let request = Request::from_parts(parts, Body::empty());

    let own_answer = refusal.map(IntoResponse::into_response);
    let mut response = match own_answer.or_else(|| part.and_then(|part| play.answer(part))) {
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
    let decision = response.extensions_mut().remove::<Decision>().unwrap_or_default();
    let outcome = Outcome {
        time,
        route,
        client_id: decision.client_id.or(client),
        status: response.status(),
        duration: if frozen { Duration::ZERO } else { begun.elapsed() },
        decision: reason(&decision),
        case: play.names().map(Into::into),
    };
    if let (Some(observer), Some((method, path))) = (platform.observer(), log_line) {
        observer(&Exchange::of(&outcome, &method, &scrub(&path)));
    }
    match asked {
        Some(asked) => record(&platform, asked, outcome, response).await,
        None => response,
    }
}

/// The cases that play for a request; those that its header names come first.
fn choose(
    platform: &Platform,
    headers: &HeaderMap,
    client: Option<ClientId>,
    route: Option<Route>,
    now: EpochSeconds,
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
    platform.cases().play(&Ask { client, route, named: &named, now })
}

fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

fn reason(decision: &Decision) -> Option<Arc<str>> {
    (!decision.reason.is_empty()).then(|| scrub(&decision.reason).into())
}

/// Keeps the exchange. A body of known size is whole; any other is sent bit by bit, and the
/// journal does not hold it up.
async fn record(
    platform: &Platform,
    asked: Asked,
    outcome: Outcome,
    response: Response,
) -> Response {
    let (parts, body) = response.into_parts();
    let (answered, body) = if body.size_hint().exact().is_some() {
        let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        (Answered::new(&parts, &bytes), Body::from(bytes))
    } else {
        (Answered::streamed(&parts), body)
    };
    let record = platform.journal().record(asked, outcome, answered);
    platform.live().tell(Event::Request(record));
    Response::from_parts(parts, body)
}
