//! Who a request says it comes from, before anybody checked it.

use gatepass_protocol::{BasicCredentials, ClientId, Form, Jwt, bearer_token};
use http::{HeaderMap, header::AUTHORIZATION};

/// The API client that a request names: in HTTP Basic, in its Bearer token or in its form.
///
/// It chooses the clock, the cases and the journal entry of the exchange, and gives no right.
pub(crate) fn claimed_client(headers: &HeaderMap, body: &[u8]) -> Option<ClientId> {
    match headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok()) {
        Some(header) => in_header(header),
        None => Form::parse(body).ok()?.get("client_id")?.parse().ok(),
    }
}

fn in_header(header: &str) -> Option<ClientId> {
    if let Ok(basic) = BasicCredentials::parse(header) {
        return basic.id().parse().ok();
    }
    let token = Jwt::parse(bearer_token(header).ok()?).ok()?;
    token.claims.get("client_id")?.as_str()?.parse().ok()
}
