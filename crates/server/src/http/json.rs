//! JSON answers: one line with no line feed at the end (CONTRACT 3.2).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

use crate::exchange::Decision;

/// A JSON body, `Content-Type: application/json; charset=utf-8` (CONTRACT 3.2).
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        text(serde_json::to_vec(&self.0).expect("answers are texts, numbers and maps of texts"))
    }
}

/// A JSON body that is rendered already.
pub(crate) fn text(body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// A JSON answer with a status and what the log is told.
pub(crate) fn decided(status: StatusCode, body: &impl Serialize, decision: Decision) -> Response {
    let mut response = Json(body).into_response();
    *response.status_mut() = status;
    response.extensions_mut().insert(decision);
    response
}
