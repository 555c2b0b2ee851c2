//! `/_gatepass/cases` and `/_gatepass/clients/{id}/cases`: what exists, and what plays.

use axum::extract::{Path, State};
use gatepass_protocol::ClientId;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::{JsonBody, Problem};
use crate::{
    cases::{CaseSummary, UnknownCase},
    http::json::Json,
    platform::Platform,
};

/// The cases that play from now on.
#[derive(Serialize, JsonSchema)]
pub(super) struct NowPlaying {
    playing: Vec<String>,
}

/// The catalogue.
pub(super) async fn list(State(platform): State<Platform>) -> Json<Vec<CaseSummary>> {
    Json(platform.cases().catalogue().summaries().collect())
}

/// Plays these cases for all API clients, and no others.
pub(super) async fn play_for_all(
    State(platform): State<Platform>,
    JsonBody(names): JsonBody<Vec<String>>,
) -> Result<Json<NowPlaying>, Problem> {
    platform.cases().play_for_all(&names)?;
    Ok(Json(NowPlaying { playing: names }))
}

/// Plays these cases for one API client, and no others.
pub(super) async fn play_for_client(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    JsonBody(names): JsonBody<Vec<String>>,
) -> Result<Json<NowPlaying>, Problem> {
    let client =
        id.parse::<ClientId>().ok().filter(|&id| platform.directory().client(id).is_some());
    let client = client.ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        message: format!("there is no API client {id}"),
        hint: "POST /_gatepass/clients registers one",
    })?;
    platform.cases().play_for(client, &names)?;
    Ok(Json(NowPlaying { playing: names }))
}

/// Stops all cases but those of the fixture clients.
pub(super) async fn stop(State(platform): State<Platform>) -> Json<NowPlaying> {
    platform.cases().stop();
    Json(NowPlaying { playing: Vec::new() })
}

impl From<UnknownCase> for Problem {
    fn from(unknown: UnknownCase) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: unknown.to_string(),
            hint: "GET /_gatepass/cases lists all",
        }
    }
}
