//! `GET /_gatepass/metrics`: counts for Prometheus.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header::CONTENT_TYPE};

use crate::platform::Platform;

/// Prometheus' text format, version 0.0.4.
pub(super) struct Metrics(String);

/// What was counted since the start.
pub(super) async fn show(State(platform): State<Platform>) -> Metrics {
    Metrics(platform.metrics())
}

impl IntoResponse for Metrics {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    }
}
