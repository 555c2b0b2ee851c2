//! Request bodies: their type, their size, their time.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use gatepass_protocol::{Form, RepeatedParameter};
use http::{
    Extensions, HeaderMap,
    header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::error::{ApiError, TokenError};
use crate::{
    account::{AccountError, Members},
    sign_in::Refusal,
};

/// A longer body is answered with 413.
const LIMIT: usize = 1024 * 1024;
/// So much of a body that is too long is read and dropped: closing while the caller still sends
/// would cost it the answer.
const DRAINED: usize = 16 * LIMIT;
/// A body must be there within this time.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A body of `application/x-www-form-urlencoded`; empty where the parameters stand in the query
/// string and there is no body, and so no type (CONTRACT 2.4).
pub(crate) struct FormBody(pub(crate) Form);

/// Why a form is refused, in the envelope that its reason has.
pub(crate) enum FormRejection {
    Body(ApiError),
    Parameter(RepeatedParameter),
}

impl<S: Sync> FromRequest<S> for FormBody {
    type Rejection = FormRejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, FormRejection> {
        let (mut parts, _) = request.into_parts();
        let content_type = media_type(&parts.headers);
        if content_type.as_deref().is_some_and(|it| it != "application/x-www-form-urlencoded") {
            return Err(ApiError::UnsupportedMediaType(content_type).into());
        }
        let bytes = received(&mut parts.extensions)?;
        let in_query = || parts.uri.query().is_some_and(|query| query.contains("grant_type="));
        if content_type.is_none() && !(bytes.is_empty() && in_query()) {
            return Err(ApiError::UnsupportedMediaType(None).into());
        }
        Ok(Self(Form::parse(&bytes)?))
    }
}

/// A body of `application/json` that is an object: its members.
pub(crate) struct JsonObject(pub(crate) Members);

impl<S: Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (mut parts, _) = request.into_parts();
        let content_type = media_type(&parts.headers);
        if content_type.as_deref() != Some("application/json") {
            return Err(ApiError::UnsupportedMediaType(content_type));
        }
        let bytes = received(&mut parts.extensions)?;
        Ok(Self(Members::parse(&bytes).map_err(AccountError::from)?))
    }
}

/// The body of a request, read when it came.
#[derive(Clone)]
pub(super) struct Received(Result<Bytes, ApiError>);

impl Received {
    /// A body that a case puts in the place of what came.
    pub(super) fn of(bytes: Bytes) -> Self {
        Self(Ok(bytes))
    }

    /// The bytes; none where the body could not be read.
    pub(super) fn bytes(&self) -> Bytes {
        self.0.clone().unwrap_or_default()
    }
}

/// The body that [`receive`] read.
pub(super) fn received(extensions: &mut Extensions) -> Result<Bytes, ApiError> {
    extensions.remove::<Received>().expect("the exchange layer receives each body").0
}

/// Reads a whole body. A handler that wants it learns what was wrong with it.
pub(super) async fn receive(headers: &HeaderMap, body: Body) -> Received {
    Received(read(headers, body).await.map(Bytes::from))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, ApiError> {
    let declared =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if headers.contains_key(EXPECT) && declared.is_some_and(|length: u64| length > LIMIT as u64) {
        return Err(ApiError::TooLarge(LIMIT)); // The caller waits for leave to send: no need to drain.
    }
    timeout(TIMEOUT, collect(body)).await.unwrap_or(Err(ApiError::Timeout))
}

async fn collect(mut body: Body) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::IncompleteBody)?;
        let data = frame.into_data().unwrap_or_default();
        length += data.len();
        if length > DRAINED {
            break;
        }
        if length <= LIMIT {
            bytes.extend_from_slice(&data);
        }
    }
    if length > LIMIT { Err(ApiError::TooLarge(LIMIT)) } else { Ok(bytes) }
}

/// The type without its parameters, in lower case.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().unwrap_or("not text");
    let essence = text.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

impl From<ApiError> for FormRejection {
    fn from(error: ApiError) -> Self {
        Self::Body(error)
    }
}

impl From<RepeatedParameter> for FormRejection {
    fn from(error: RepeatedParameter) -> Self {
        Self::Parameter(error)
    }
}

impl IntoResponse for FormRejection {
    fn into_response(self) -> Response {
        match self {
            Self::Body(error) => error.into_response(),
            Self::Parameter(error) => TokenError::from(Refusal::from(error)).into_response(),
        }
    }
}
