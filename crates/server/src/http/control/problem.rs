//! Errors of the control API, and bodies that are checked by name.

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    exchange::Decision,
    http::{body, error::ApiError, json},
};

/// Why a call of the control API is refused.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

/// How it is told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ControlError")]
pub(super) struct Body<'a> {
    error: &'a str,
    hint: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body { error: &self.message, hint: self.hint };
        let decision = Decision { client_id: None, reason: self.message.clone() };
        json::decided(self.status, &body, decision)
    }
}

/// A JSON body; none counts as an object without members. Its Content-Type is not asked for: `curl -d` sends another, and a page of another
/// origin is refused by the guard.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (mut parts, _) = request.into_parts();
        let bytes = body::received(&mut parts.extensions).map_err(ApiError::into_response)?;
        let json = if bytes.is_empty() { b"{}" } else { bytes.as_ref() };
        serde_json::from_slice(json).map(Self).map_err(|error| {
            let message = format!("the body is not what is expected: {error}");
            let hint = "send a JSON object with the members of the documentation";
            Problem { status: StatusCode::BAD_REQUEST, message, hint }.into_response()
        })
    }
}
