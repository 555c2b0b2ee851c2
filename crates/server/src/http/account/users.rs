//! `GET /api/2/users/me`, and the look-up of a login's data center (CONTRACT 1.5, 7).

use axum::extract::{RawQuery, State};
use gatepass_protocol::UserDocument;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    http::{arrival::Arrival, credentials::Authenticated, error::ApiError, json::Json},
    platform::Platform,
};

/// Where a user's data is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Account {
    server_url: String,
}

/// The user who calls.
pub(crate) async fn me(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
) -> Result<Json<UserDocument>, ApiError> {
    Ok(Json(platform.calling_user(&caller)?))
}

/// The data center URL for a login. It is asked before anybody signs in, so it asks for nothing;
/// the URL is the one that the caller used.
pub(crate) async fn account(
    State(platform): State<Platform>,
    arrival: Arrival,
    RawQuery(query): RawQuery,
) -> Result<Json<Account>, ApiError> {
    platform.find_login(&query.unwrap_or_default())?;
    Ok(Json(Account { server_url: arrival.base_url.join("") }))
}
