//! `POST /_gatepass/keys/rotate`: new signing keys.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{JsonBody, Problem};
use crate::{
    http::{arrival::Arrival, json::Json},
    platform::Platform,
};

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "KeyRotation")]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// Seconds for which the old keys stay good; the configured ones where it is left out.
    grace_s: Option<u32>,
}

/// The IDs of the keys that sign from now on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RotatedKeys")]
pub(super) struct Rotated {
    access_token_kid: String,
    id_token_kid: String,
    grace_s: u32,
}

/// Has the next keys sign; the old ones stay in the JWKS for the grace period.
pub(super) async fn rotate(
    State(platform): State<Platform>,
    arrival: Arrival,
    JsonBody(order): JsonBody<Order>,
) -> Result<Json<Rotated>, Problem> {
    let grace_s = order.grace_s.unwrap_or(platform.config().keys.grace_s);
    platform.rotate_keys(arrival.now, grace_s).map_err(|error| Problem {
        status: StatusCode::CONFLICT,
        message: error.to_string(),
        hint: "the folder of fixtures holds next keys that can't be used: mend or remove them",
    })?;
    let keys = platform.keys();
    Ok(Json(Rotated {
        access_token_kid: keys.access.kid().to_owned(),
        id_token_kid: keys.id.kid().to_owned(),
        grace_s,
    }))
}
