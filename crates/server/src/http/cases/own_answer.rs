//! The answer of a case that asks nothing of the platform.

use axum::response::Response;
use gatepass_protocol::{ApiErrorBody, TaskErrorBody, TokenErrorBody, TokenErrorCode};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use crate::{
    cases::{BodyKind, Part, Route},
    exchange::Decision,
    http::{error, json},
};

/// The type of every JSON body (CONTRACT 3.2).
const JSON: &str = "application/json; charset=utf-8";

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>\
    <body><h1>Bad gateway</h1><p>The service behind this gateway does not answer.</p></body></html>\n";

pub(super) fn own_answer(part: &Part, status: StatusCode, route: Route) -> Response {
    let effect = &part.effect;
    let (content_type, body) = match effect.body.unwrap_or_default() {
        BodyKind::ErrorEnvelope => (JSON, envelope(part, status, route)),
        BodyKind::MalformedJson => {
            let envelope = envelope(part, status, route);
            let half = envelope.chars().take(envelope.chars().count() / 2).collect();
            (JSON, half)
        }
        BodyKind::TokenError => (JSON, envelope(part, status, Route::Token)),
        BodyKind::ApiError => (JSON, envelope(part, status, Route::Account)),
        BodyKind::TaskError => (JSON, envelope(part, status, Route::TaskManager)),
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
