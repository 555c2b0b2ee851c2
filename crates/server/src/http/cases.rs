//! What the cases that play make of an exchange.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    response::Response,
};
use gatepass_protocol::{
    ApiErrorBody, EpochSeconds, TaskErrorBody, TokenErrorBody, TokenErrorCode,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::Value;

use super::{arrival::Connection, error, json};
use crate::{
    cases::{BodyKind, Effect, Part, Play, RetryAfter, Route},
    exchange::Decision,
    tokens::TokenShape,
    transport::{ConnectionFault, pause},
};

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>\
    <body><h1>Bad gateway</h1><p>The service behind this gateway does not answer.</p></body></html>\n";

impl Play {
    /// Names of the cases, for the log.
    pub(super) fn names(&self) -> Option<String> {
        let names: Vec<_> = self.parts.iter().map(|part| &*part.case).collect();
        (!names.is_empty()).then(|| names.join(","))
    }

    /// Seconds that the platform's clock is ahead for this request.
    pub(super) fn clock_ahead_s(&self) -> i64 {
        self.parts.iter().map(|part| part.effect.clock_ahead_s).sum()
    }

    /// What is wrong with the access token, if one is issued.
    pub(super) fn token_shape(&self) -> Option<TokenShape> {
        self.parts.iter().find_map(|part| part.effect.token.clone())
    }

    /// The answer of the first case that has one: the platform is not asked.
    pub(super) fn answer(&self, route: Route) -> Option<Response> {
        if self.parts.iter().any(|part| part.effect.connection == Some(ConnectionFault::Refuse)) {
            return Some(Response::default()); // Nobody gets it.
        }
        let part = self.parts.iter().find(|part| part.effect.status.is_some())?;
        let status = StatusCode::from_u16(part.effect.status?).ok()?;
        Some(own_answer(part, status, route))
    }

    /// Bends an answer of the platform's or of a case's, and the connection that it goes out on.
    pub(super) async fn bend(
        &self,
        mut response: Response,
        connection: &Connection,
        now: EpochSeconds,
        delay_factor: f64,
    ) -> Response {
        for part in &self.parts {
            let effect = &part.effect;
            if !effect.members.is_empty() && response.status().is_success() {
                response = change_members(response, effect).await;
            }
            change_headers(response.headers_mut(), part, now);
            if let Some(fault) = &effect.connection {
                connection.faults.arm(fault.scaled(delay_factor));
            }
            let spread = effect.delay_spread_ms * part.lot / 100;
            let delay = Duration::from_millis(effect.delay_ms + spread).mul_f64(delay_factor);
            if !delay.is_zero() {
                pause(delay).await;
            }
        }
        response
    }
}

fn own_answer(part: &Part, status: StatusCode, route: Route) -> Response {
    let effect = &part.effect;
    let (content_type, body) = match effect.body.unwrap_or_default() {
        BodyKind::ErrorEnvelope => {
            ("application/json; charset=utf-8", envelope(part, status, route))
        }
        BodyKind::MalformedJson => {
            let envelope = envelope(part, status, route);
            let half = envelope.chars().take(envelope.chars().count() / 2).collect();
            ("application/json; charset=utf-8", half)
        }
        BodyKind::Html => ("text/html; charset=utf-8", HTML.to_owned()),
        BodyKind::Text => ("text/plain; charset=utf-8", message(part).to_owned()),
        BodyKind::Empty => ("", String::new()),
    };
    let mut response = json::text(body);
    *response.status_mut() = status;
    match HeaderValue::from_static(content_type) {
        none if none.is_empty() => response.headers_mut().remove(CONTENT_TYPE),
        content_type => response.headers_mut().insert(CONTENT_TYPE, content_type),
    };
    match (status, route) {
        (StatusCode::UNAUTHORIZED, Route::Token | Route::Revoke) => {
            error::challenge_basic(&mut response);
        }
        (StatusCode::UNAUTHORIZED, _) => error::challenge_invalid_token(&mut response),
        _ => {}
    }
    if route == Route::Token {
        error::forbid_caching(&mut response);
    }
    let reason = format!("case {}: {}", part.case, part.title);
    response.extensions_mut().insert(Decision { client_id: None, reason });
    response
}

fn message(part: &Part) -> &str {
    part.effect.message.as_deref().unwrap_or(&part.title)
}

/// The envelope that the platform itself would use for the status on the route.
fn envelope(part: &Part, status: StatusCode, route: Route) -> String {
    let (effect, words) = (&part.effect, status.canonical_reason().unwrap_or("Error"));
    let token_code = match status {
        StatusCode::BAD_REQUEST => Some(TokenErrorCode::InvalidRequest),
        StatusCode::UNAUTHORIZED => Some(TokenErrorCode::InvalidClient),
        StatusCode::FORBIDDEN => Some(TokenErrorCode::AccessDenied),
        _ => None,
    };
    let body = match (route, token_code) {
        (Route::Token | Route::Revoke, Some(code)) => {
            let mut body = TokenErrorBody::new(code, message(part));
            if let Some(error) = &effect.error {
                body = TokenErrorBody { domain: None, reason: None, error: error.clone(), ..body };
            }
            serde_json::to_string(&body)
        }
        (Route::TaskManager, _) => {
            let access = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            let domain = if access { "Access" } else { "TaskManager" };
            let code = effect.error.clone().unwrap_or_else(|| words.replace(' ', ""));
            serde_json::to_string(&TaskErrorBody::new(domain, &code, message(part)))
        }
        _ => {
            let code = effect.code.unwrap_or(status.as_u16());
            serde_json::to_string(&ApiErrorBody::new(code, words, message(part)))
        }
    };
    body.expect("an envelope of texts and numbers is JSON")
}

async fn change_members(response: Response, effect: &Effect) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    for change in &effect.members {
        change.apply(&mut object);
    }
    let changed = serde_json::to_vec(&object).expect("what was JSON is JSON");
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(changed))
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
