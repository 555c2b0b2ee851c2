//! `POST /_gatepass/tokens`: tokens for an API client, without its secret.

use axum::extract::State;
use gatepass_protocol::{ClientId, TokenResponse};
use http::StatusCode;
use serde::Deserialize;

use super::problem::{JsonBody, Problem};
use crate::{
    http::{arrival::Arrival, json::Json},
    platform::Platform,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    client_id: ClientId,
    /// Seconds; a negative life makes tokens that have expired already.
    lifetime_s: Option<i64>,
}

/// Tokens as the token endpoint would issue them, with another life if that is asked for.
pub(super) async fn mint(
    State(platform): State<Platform>,
    arrival: Arrival,
    JsonBody(order): JsonBody<Order>,
) -> Result<Json<TokenResponse>, Problem> {
    let lifetime_s = order.lifetime_s.unwrap_or(platform.config().token.lifetime_s.into());
    let client = platform.directory().client(order.client_id).cloned().ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        message: format!("there is no API client {}", order.client_id),
        hint: "the fixtures' platform.toml lists the API clients",
    })?;
    Ok(Json(platform.mint(&client, lifetime_s, &arrival)))
}
