//! Requests changed by cases before the platform sees them.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use gatepass_protocol::{BasicCredentials, ClientId};
use http::{
    HeaderName, HeaderValue, Method, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH},
    request::Parts,
};
use serde_json::Value;

use crate::{
    cases::{Authorization, Play, RequestChange},
    directory::ApiClient,
    http::arrival::Arrival,
    platform::Platform,
    tokens::TokenShape,
};

impl Play {
    /// Whether the platform is asked at another endpoint than the caller asked.
    pub(in crate::http) fn reroutes(&self) -> bool {
        let changes = self.parts.iter().filter_map(|part| part.effect.request.as_ref());
        changes.into_iter().any(|change| change.path.is_some() || change.method.is_some())
    }

    /// The request that the platform is asked instead, and its body; `None` where it is the
    /// caller's own.
    pub(in crate::http) fn change_request(
        &self,
        parts: &mut Parts,
        body: &[u8],
        client: Option<ClientId>,
        platform: &Platform,
    ) -> Option<Bytes> {
        let mut changes =
            self.parts.iter().filter_map(|part| part.effect.request.as_ref()).peekable();
        changes.peek()?;
        let mut body = body.to_vec();
        for change in changes {
            change_line(parts, change);
            change_headers(parts, change);
            if let Some(whose) = change.authorization {
                let value = authorization(whose, parts, client, platform);
                parts.headers.extend(value.map(|value| (AUTHORIZATION, value)));
            }
            body = changed_body(body, change);
        }
        parts.headers.remove(CONTENT_LENGTH);
        Some(body.into())
    }
}

fn change_line(parts: &mut Parts, change: &RequestChange) {
    if let Some(Ok(method)) = change.method.as_ref().map(|name| name.parse::<Method>()) {
        parts.method = method;
    }
    let path = change.path.as_deref().unwrap_or(parts.uri.path());
    let query = change.query.as_deref().or(parts.uri.query()).unwrap_or_default();
    let query = match &change.replace_in_query {
        Some((from, to)) => query.replace(from, to),
        None => query.to_owned(),
    };
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let mut uri = parts.uri.clone().into_parts();
    uri.path_and_query = format!("{path}{query}").parse().ok();
    if let Ok(uri) = Uri::from_parts(uri) {
        parts.uri = uri;
    }
}

fn change_headers(parts: &mut Parts, change: &RequestChange) {
    for name in &change.without_headers {
        parts.headers.remove(name);
    }
    for (name, value) in &change.headers {
        // Both were checked when the catalogue was read.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            parts.headers.insert(name, value);
        }
    }
}

fn authorization(
    whose: Authorization,
    parts: &mut Parts,
    client: Option<ClientId>,
    platform: &Platform,
) -> Option<HeaderValue> {
    let client = named_or_default(client, platform);
    let value = match whose {
        Authorization::Client => {
            BasicCredentials::new(client.id.to_string(), client.secret.clone()).ok()?.render()
        }
        Authorization::FreshToken => {
            let arrival = Arrival::of(parts, platform);
            let tokens = platform.mint(&client, &TokenShape::default(), &arrival);
            format!("Bearer {}", tokens.access_token)
        }
    };
    parts.headers.remove(AUTHORIZATION);
    HeaderValue::try_from(value).ok()
}

fn named_or_default(client: Option<ClientId>, platform: &Platform) -> Arc<ApiClient> {
    let directory = platform.directory();
    let named = client.and_then(|id| directory.client(id));
    Arc::clone(named.unwrap_or_else(|| directory.default_client()))
}

fn changed_body(body: Vec<u8>, change: &RequestChange) -> Vec<u8> {
    let body = change.body.as_ref().map_or(body, |body| body.clone().into_bytes());
    let body = if change.changes_form() { change.form(&body).into_bytes() } else { body };
    match serde_json::from_slice(&body) {
        Ok(Value::Object(mut members)) if !change.without_members.is_empty() => {
            members.retain(|name, _| !change.without_members.contains(name));
            Value::Object(members).to_string().into_bytes()
        }
        _ => body,
    }
}

/// All that a caller said: its authorization as it stands and decoded, and its body.
pub(in crate::http) fn said(parts: &Parts, body: &[u8]) -> String {
    let header = parts.headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let header = String::from_utf8_lossy(header);
    let decoded = header.split_once(' ').and_then(|(_, coded)| STANDARD.decode(coded).ok());
    let decoded = decoded.unwrap_or_default();
    format!("{header} {} {}", String::from_utf8_lossy(&decoded), String::from_utf8_lossy(body))
}
