//! `GET …/idp/keys`: the public keys (CONTRACT 6.4).

use axum::{extract::State, response::Response};

use crate::{http::json, platform::Platform};

/// The JWKS document, rendered when the keys were made.
pub(crate) async fn show(State(platform): State<Platform>) -> Response {
    json::text(platform.keys().jwks.clone())
}
