//! What happens to each exchange: its body and the time of its arrival, the `Date` of its answer,
//! the journal, the log.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use gatepass_protocol::EpochSeconds;
use http::{HeaderValue, header::DATE};
use http_body_util::{BodyExt, Collected};

use super::{
    arrival::{ArrivedAt, Connection},
    body,
    identity::claimed_client,
};
use crate::{
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
    let time = clock.timestamp();
    let frozen = clock.is_frozen();
    parts.extensions.insert(received);
    parts.extensions.insert(ArrivedAt(time));
    let peer = parts.extensions.get::<Connection>().map(|connection| connection.peer.ip());
    let asked = peer
        .filter(|_| !parts.uri.path().starts_with(CONTROL))
        .map(|peer| Asked::new(&parts, &bytes, peer));
    let log_line = platform.observer().map(|_| (parts.method.clone(), parts.uri.path().to_owned()));
    let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().into());
    let request = Request::from_parts(parts, Body::empty());

    let mut response = next.run(request).await;

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
        case: None,
    };
    if let (Some(observer), Some((method, path))) = (platform.observer(), log_line) {
        observer(&Exchange::of(&outcome, &method, &scrub(&path)));
    }
    match asked {
        Some(asked) => record(&platform, asked, outcome, response).await,
        None => response,
    }
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
