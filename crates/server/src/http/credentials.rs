//! Extractors of credentials: what is malformed is refused here, in the right envelope.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, response::IntoResponse};
use gatepass_protocol::{AuthorizationError, BasicCredentials, Form, bearer_token};
use http::{HeaderValue, header::AUTHORIZATION, request::Parts};

use super::{
    arrival::Arrival,
    error::{ApiError, TokenError},
};
use crate::{
    access::{Caller, Unauthorized},
    platform::Platform,
    sign_in::{Authorization, Refusal},
};

/// How a request to the token endpoint, or to one beside it, says who it comes from.
pub(crate) struct TokenAuthorization(pub(crate) Authorization);

impl<S: Sync> FromRequestParts<S> for TokenAuthorization {
    type Rejection = TokenError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, TokenError> {
        match authorization(parts).map_err(|_| Refusal::AuthorizationHeader)? {
            Some(header) => Ok(Self(read(header).map_err(Refusal::from)?)),
            None => Ok(Self(Authorization::None)),
        }
    }
}

fn read(header: &str) -> Result<Authorization, AuthorizationError> {
    match bearer_token(header) {
        Ok(token) => Ok(Authorization::Bearer(token.into())),
        Err(AuthorizationError::Scheme(_)) => {
            BasicCredentials::parse(header).map(Authorization::Basic)
        }
        Err(error) => Err(error),
    }
}

/// The caller of a request with a good Bearer token; any other is refused in the envelope `E`.
pub(crate) struct Bearer<E> {
    pub(crate) caller: Caller,
    envelope: PhantomData<fn() -> E>,
}

impl<E: From<Unauthorized> + IntoResponse> FromRequestParts<Platform> for Bearer<E> {
    type Rejection = E;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, E> {
        let Ok(arrival) = Arrival::from_request_parts(parts, platform).await;
        let header = authorization(parts).map_err(|_| Unauthorized::Header)?;
        let header = header.ok_or(Unauthorized::Missing)?;
        let token = bearer_token(header).map_err(Unauthorized::from)?;
        let caller = platform.caller(token, &arrival)?;
        Ok(Self { caller, envelope: PhantomData })
    }
}

/// The caller of a request with a good Bearer token or with a user's HTTP Basic login
/// (CONTRACT 5.5).
pub(crate) struct Authenticated(pub(crate) Caller);

impl FromRequestParts<Platform> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, ApiError> {
        let header = authorization(parts).map_err(|_| Unauthorized::Header)?;
        match header.map(BasicCredentials::parse) {
            None | Some(Err(AuthorizationError::Scheme(_))) => {
                let bearer = Bearer::<ApiError>::from_request_parts(parts, platform).await?;
                Ok(Self(bearer.caller))
            }
            Some(login) => {
                let login = login.map_err(Unauthorized::from)?;
                Ok(Self(Caller::sign_in(&login, &platform.directory())?))
            }
        }
    }
}

/// The parameters of the query string, each once.
pub(crate) struct QueryForm(pub(crate) Form);

impl<S: Sync> FromRequestParts<S> for QueryForm {
    type Rejection = TokenError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, TokenError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Form::parse(query.as_bytes()).map_err(Refusal::from)?))
    }
}

/// The `Authorization` header came more than once, or is not text.
pub(super) struct Unreadable;

pub(super) fn authorization(parts: &Parts) -> Result<Option<&str>, Unreadable> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        (Some(_), _) => Err(Unreadable),
    }
}
