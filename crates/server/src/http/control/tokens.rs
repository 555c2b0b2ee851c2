//! `POST /_gatepass/tokens`: tokens for an API client, without its secret.

use axum::extract::State;
use gatepass_protocol::{ClientId, TokenResponse};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, de::Error};
use serde_json::{Map, Value};

use super::problem::{JsonBody, Problem};
use crate::{
    http::{arrival::Arrival, json::Json},
    platform::Platform,
    tokens::TokenShape,
};

/// `{"client_id": …}` and, beside it, the members of a [`TokenShape`].
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "TokenOrder", !try_from)]
#[serde(try_from = "Map<String, Value>")]
pub(super) struct Order {
    client_id: ClientId,
    #[schemars(flatten)]
    shape: TokenShape,
}

impl TryFrom<Map<String, Value>> for Order {
    type Error = serde_json::Error;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let client_id = members.shift_remove("client_id");
        let client_id = client_id.ok_or_else(|| Error::missing_field("client_id"))?;
        Ok(Self {
            client_id: serde_json::from_value(client_id)?,
            shape: serde_json::from_value(members.into())?,
        })
    }
}

/// Tokens as the token endpoint would issue them, in another shape if that is asked for.
pub(super) async fn mint(
    State(platform): State<Platform>,
    arrival: Arrival,
    JsonBody(order): JsonBody<Order>,
) -> Result<Json<TokenResponse>, Problem> {
    let client = platform.directory().client(order.client_id).cloned().ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        message: format!("there is no API client {}", order.client_id),
        hint: "the fixtures' platform.toml lists the API clients",
    })?;
    Ok(Json(platform.mint(&client, &order.shape, &arrival)))
}
