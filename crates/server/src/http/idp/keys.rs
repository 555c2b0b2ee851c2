//! `GET …/idp/keys`: the public keys (CONTRACT 6.4).

use axum::{extract::State, response::Response};

use crate::{
    http::{arrival::Arrival, json},
    platform::Platform,
};

/// The JWKS document: the keys that sign, and those that still verify.
pub(crate) async fn show(State(platform): State<Platform>, arrival: Arrival) -> Response {
    json::text(platform.keys().jwks(arrival.now))
}
