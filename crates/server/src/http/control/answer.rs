//! Answers that several routes give.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::{exchange::Decision, http::json};

/// 204: done, and there is nothing to say.
pub(super) struct NoContent;

/// 201 with what was made.
pub(super) struct Created<T>(pub(super) T);

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json::decided(StatusCode::CREATED, &self.0, Decision::default())
    }
}
