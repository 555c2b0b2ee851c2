//! What the answers of the Account Management API have in common.

use axum::response::{IntoResponse, Response};
use gatepass_protocol::{CreatedApiClientDocument, RegistrationTokenDocument};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::{error::forbid_caching, json::Json};

/// A batch: `{"items":[…]}` (CONTRACT 5.2, 7).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}s")]
pub(crate) struct Items<T> {
    pub(super) items: Vec<T>,
}

/// 201 with a new API client and its secret, which no cache may keep.
pub(crate) struct Created(pub(super) CreatedApiClientDocument);

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        *response.status_mut() = StatusCode::CREATED;
        forbid_caching(&mut response);
        response
    }
}

/// 200 with a registration token, which no cache may keep.
pub(crate) struct Issued(pub(super) RegistrationTokenDocument);

impl IntoResponse for Issued {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        forbid_caching(&mut response);
        response
    }
}

/// 204: done, and nothing to say.
pub(crate) struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
