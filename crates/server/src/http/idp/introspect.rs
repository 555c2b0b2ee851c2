//! `POST …/idp/introspect_token` (CONTRACT 6.2, RFC 7662).

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use gatepass_protocol::{BasicCredentials, ClientId, Form, Introspection, bearer_token};
use http::{StatusCode, request::Parts};

use crate::{
    access::{INTROSPECT, Unauthorized},
    exchange::Decision,
    http::{
        arrival::Arrival,
        body::{FormBody, FormRejection},
        credentials::authorization,
        error::{ApiError, forbid_caching},
        json,
    },
    platform::Platform,
    revocation::Sight,
};

/// What a token says, if it is good.
pub(crate) async fn introspect(
    State(platform): State<Platform>,
    arrival: Arrival,
    asker: Asker,
    body: Result<FormBody, FormRejection>,
) -> Result<Introspected, ApiError> {
    let FormBody(body) = body.map_err(|rejection| match rejection {
        FormRejection::Body(error) => error,
        FormRejection::Parameter(error) => ApiError::Repeated(error),
    })?;
    let token = body.get("token").ok_or(ApiError::MissingParameter("token"))?;
    let introspection = platform.introspect(token, asker.sight, &arrival);
    Ok(Introspected { asker: asker.client, introspection })
}

/// Who asks: a service with the right to, or an API client about its own tokens.
pub(crate) struct Asker {
    client: Option<ClientId>,
    sight: Sight,
}

impl FromRequestParts<Platform> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, ApiError> {
        let Ok(arrival) = Arrival::from_request_parts(parts, platform).await;
        let header = authorization(parts).map_err(|_| Unauthorized::Header)?;
        let header = header.ok_or(Unauthorized::Missing)?;
        if let Ok(basic) = BasicCredentials::parse(header) {
            let client = platform.authenticated(Some(&basic), &Form::default());
            let client = client.map_err(ApiError::Client)?.id;
            return Ok(Self { client: Some(client), sight: Sight::Own(client) });
        }
        let token = bearer_token(header).map_err(Unauthorized::from)?;
        let caller = platform.caller(token, &arrival)?;
        let client = caller.client_id();
        if !caller.has(INTROSPECT) {
            let what = "the introspection of tokens".to_owned();
            return Err(ApiError::Forbidden { caller: client, what });
        }
        Ok(Self { client, sight: Sight::All })
    }
}

/// 200 with what the token says, not to be cached: it may be revoked at any time.
pub(crate) struct Introspected {
    asker: Option<ClientId>,
    introspection: Introspection,
}

impl IntoResponse for Introspected {
    fn into_response(self) -> Response {
        let reason = if self.introspection.active { "active" } else { "not active" };
        let decision = Decision {
            client_id: self.asker,
            reason: format!("the token that is asked about is {reason}"),
        };
        let mut response = json::decided(StatusCode::OK, &self.introspection, decision);
        forbid_caching(&mut response);
        response
    }
}
