//! What happens to each exchange: its body and the time of its arrival, the `Date` of its answer,
//! the journal, the log.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{ClientId, EpochSeconds};
use http::{HeaderValue, header::DATE, request::Parts};
use http_body_util::{BodyExt, Collected};
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt;

use super::{
    arrival::{ArrivedAt, Connection},
    body::{self, Received},
    cases::{Bending, Repeats, said},
    error::ApiError,
    identity::claimed_client,
};
use crate::{
    cases::{Ask, Play, Route, UnknownCase, Words},
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

/// What an exchange is handed: the platform, and all routes for a request that a case sends on
/// another way.
#[derive(Clone)]
pub(super) struct Routes {
    pub(super) platform: Platform,
    pub(super) routes: Router,
}

/// Receives a request, stamps it with the time of its API client's clock, records it with its
/// answer, and tells the observer.
pub(super) async fn exchange(
    State(Routes { platform, routes }): State<Routes>,
    request: Request,
    next: Next,
) -> Response {
    let begun = stopwatch::start();
    let (mut parts, body) = request.into_parts();
    let received = body::receive(&parts.headers, body).await;
    let bytes = received.bytes();
    let client = claimed_client(&parts.headers, &bytes);
    if let Some(client) = client {
        meet_fixture_client(&platform, client);
    }
    let clock = platform.clocks().of(client);
    let frozen = clock.is_frozen();
    let part = Route::of(parts.uri.path());
    let (play, refusal) = match choose(&platform, &parts, &bytes, client, part, clock.now()) {
        Ok(play) => (play, None),
        Err(unknown) => (Play::default(), Some(ApiError::UnknownCase(unknown.to_string()))),
    };
    let time = shifted(clock.timestamp(), play.clock_ahead_s());
    parts.extensions.insert(ArrivedAt(time));
    if let Some(shapes) = play.token_shapes() {
        parts.extensions.insert(shapes);
    }
    let connection = parts.extensions.get::<Connection>().cloned();
    let asked = connection
        .as_ref()
        .filter(|_| !parts.uri.path().starts_with(CONTROL))
        .map(|connection| Asked::new(&parts, &bytes, connection.peer.ip(), &connection.scheme));
    let log_line = platform.observer().map(|_| (parts.method.clone(), parts.uri.path().to_owned()));
    let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().into());
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let said = if play.echoes() { said(&parts, &bytes) } else { String::new() };
    let changed = play.change_request(&mut parts, &bytes, client, &platform);
    parts.extensions.insert(changed.map_or(received, Received::of));
    let request = Request::from_parts(parts, Body::empty());

    let own_answer = refusal.map(IntoResponse::into_response);
    let mut response = match own_answer.or_else(|| part.and_then(|part| play.answer(part))) {
        Some(answer) => answer,
        // The way to a handler was chosen already, for the request as it came.
        None if play.reroutes() => routes.oneshot(request).await.into_response(),
        None => next.run(request).await,
    };
    if let Ok(date) = HeaderValue::try_from(EpochSeconds::from(time).http_date()) {
        response.headers_mut().insert(DATE, date);
    }
    if let Some(connection) = &connection {
        let by = Bending {
            connection,
            now: time.into(),
            delay_factor: platform.config().cases.delay_factor,
            playing: platform.cases(),
            client,
            path: &path,
            said: &said,
        };
        response = play.bend(response, &by).await;
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

/// Lets in the fixture client of a case that was not read at the start.
fn meet_fixture_client(platform: &Platform, client: ClientId) {
    if platform.directory().client_register().knows(client) {
        return;
    }
    if let Some(case) = platform.cases().meet_fixture_client(client) {
        let mut directory = platform.directory_mut();
        let fixture_client = case.fixture_client(directory.default_client());
        directory.put_client(fixture_client);
    }
}

/// The cases that play for a request; those that its header names come first.
fn choose(
    platform: &Platform,
    parts: &Parts,
    body: &[u8],
    client: Option<ClientId>,
    route: Option<Route>,
    now: EpochSeconds,
) -> Result<Play, UnknownCase> {
    let Some(route) = route else {
        return Ok(Play::default());
    };
    let named: Vec<_> = parts
        .headers
        .get_all(CASE_HEADER)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let words = Words {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body,
    };
    platform.cases().play(&Ask { client, route, named: &named, now, words })
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
        let answered = match parts.extensions.get::<Repeats>() {
            Some(Repeats) => Answered::repeating(&parts, bytes.len()),
            None => Answered::new(&parts, &bytes),
        };
        (answered, Body::from(bytes))
    } else {
        (Answered::streamed(&parts), body)
    };
    let record = platform.journal().record(asked, outcome, answered);
    platform.live().tell(Event::Request(record));
    Response::from_parts(parts, body)
}
