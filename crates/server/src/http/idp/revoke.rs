//! `POST …/idp/revoke_token` (CONTRACT 6.1, RFC 7009).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use gatepass_protocol::ClientId;

use crate::{
    exchange::Decision,
    http::{arrival::Arrival, body::FormBody, credentials::TokenAuthorization, error::TokenError},
    platform::Platform,
    sign_in::{Authorization, Refusal},
};

/// Revokes a token of the client that asks, and the other one of its pair.
pub(crate) async fn revoke(
    State(platform): State<Platform>,
    arrival: Arrival,
    TokenAuthorization(authorization): TokenAuthorization,
    FormBody(body): FormBody,
) -> Result<Revoked, TokenError> {
    let basic = match &authorization {
        Authorization::None => None,
        Authorization::Basic(basic) => Some(basic),
        Authorization::Bearer(_) => return Err(Refusal::BearerNotTaken.into()),
    };
    let client = platform.authenticated(basic, &body)?.id;
    let token = body.get("token").ok_or(Refusal::MissingParameter("token"))?;
    let was_good = platform.revoke(client, token, &arrival)?;
    Ok(Revoked { client, was_good })
}

/// 200 without a body, whether there was anything to revoke or not (RFC 7009 section 2.2).
pub(crate) struct Revoked {
    client: ClientId,
    was_good: bool,
}

impl IntoResponse for Revoked {
    fn into_response(self) -> Response {
        let reason = if self.was_good {
            "the token and the other one of its pair are revoked"
        } else {
            "the token is no good one of the API client's: nothing is revoked"
        };
        let decision = Decision { client_id: Some(self.client), reason: reason.to_owned() };
        let mut response = Response::default();
        response.extensions_mut().insert(decision);
        response
    }
}
