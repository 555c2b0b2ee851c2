//! Answers bent by cases, and the connections that they go out on.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    response::Response,
};
use bytes::Bytes;
use gatepass_protocol::{ClientId, EpochSeconds};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, RETRY_AFTER},
};
use serde_json::Value;

use crate::{
    cases::{Effect, Part, Play, Playing, RetryAfter},
    http::arrival::Connection,
    transport::pause,
};

/// What bends an answer beside the case itself.
pub(in crate::http) struct Bending<'a> {
    pub(in crate::http) connection: &'a Connection,
    pub(in crate::http) now: EpochSeconds,
    pub(in crate::http) delay_factor: f64,
    pub(in crate::http) playing: &'a Playing,
    /// The API client that the request names.
    pub(in crate::http) client: Option<ClientId>,
    /// Path and query of the request.
    pub(in crate::http) path: &'a str,
    /// What the caller said, for the cases that repeat it.
    pub(in crate::http) said: &'a str,
}

/// Stands on an answer that repeats what was asked: nobody may keep its body.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Repeats;

impl Play {
    /// Whether a case repeats what was asked.
    pub(in crate::http) fn echoes(&self) -> bool {
        self.parts.iter().any(|part| part.effect.echo)
    }

    /// Bends an answer of the platform's or of a case's, and the connection that it goes out on.
    pub(in crate::http) async fn bend(&self, mut response: Response, by: &Bending<'_>) -> Response {
        let answered = response.status();
        for part in &self.parts {
            let wanted = part.answered.as_ref();
            if wanted.is_some_and(|wanted| !wanted.contains(&answered.as_u16())) {
                continue;
            }
            let effect = &part.effect;
            let is_meant =
                answered.is_success() || part.answered.is_some() || effect.status.is_some();
            if changes_body(effect) && is_meant {
                response = change_body(response, part, by).await;
            }
            if let Some(Ok(status)) = effect.answer_status.map(StatusCode::from_u16) {
                *response.status_mut() = status;
            }
            change_headers(response.headers_mut(), part, by.now);
            if let Some(fault) = &effect.connection {
                by.connection.faults.arm(fault.scaled(by.delay_factor));
            }
            let spread = effect.delay_spread_ms * part.lot / 100;
            let delay = Duration::from_millis(effect.delay_ms + spread).mul_f64(by.delay_factor);
            if !delay.is_zero() {
                pause(delay).await;
            }
        }
        response
    }
}

fn changes_body(effect: &Effect) -> bool {
    !effect.members.is_empty()
        || effect.append.is_some()
        || effect.pretty
        || effect.echo
        || effect.replay
}

async fn change_body(response: Response, part: &Part, by: &Bending<'_>) -> Response {
    let effect = &part.effect;
    let (mut parts, body) = response.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if effect.replay {
        bytes = by.playing.replayed(&part.case, by.client, by.path, bytes);
    }
    if let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) {
        bytes = change_json(&mut value, effect, by.said);
    }
    if let Some(more) = &effect.append {
        bytes = [&*bytes, more.as_bytes()].concat().into();
    }
    if effect.echo {
        parts.extensions.insert(Repeats);
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

fn change_json(value: &mut Value, effect: &Effect, said: &str) -> Bytes {
    for change in &effect.members {
        change.apply(value);
    }
    if let (true, Value::Object(members)) = (effect.echo, &mut *value) {
        members.insert("said".to_owned(), said.into());
    }
    let text =
        if effect.pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    text.expect("what was JSON is JSON").into()
}

fn change_headers(headers: &mut HeaderMap, part: &Part, now: EpochSeconds) {
    let retry_after = part.effect.retry_after.map(|retry_after| match retry_after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::DateInS(seconds) => now.shifted(seconds.into()).http_date(),
        RetryAfter::Window => part.window_s.to_string(),
        RetryAfter::WindowDate => now.shifted(part.window_s.into()).http_date(),
    });
    if let Some(value) = retry_after.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(RETRY_AFTER, value);
    }
    for name in &part.effect.without_headers {
        headers.remove(name);
    }
    for (name, value) in &part.effect.headers {
        // Both were checked when the catalogue was read.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
}
