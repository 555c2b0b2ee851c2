//! `GET` and `PUT /_gatepass/clock`: time travel.

use axum::extract::State;
use gatepass_protocol::EpochSeconds;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::problem::{JsonBody, Problem};
use crate::{clock::Clock, http::json::Json, platform::Platform};

#[derive(Serialize)]
pub(super) struct Time {
    now: Timestamp,
    epoch_s: EpochSeconds,
    frozen: bool,
}

/// What is to happen to the clock: exactly one of the members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    advance_s: Option<i64>,
    set: Option<Timestamp>,
    freeze: Option<bool>,
    reset: Option<bool>,
}

/// The platform's time.
pub(super) async fn show(State(platform): State<Platform>) -> Json<Time> {
    Json(time(platform.clocks().platform()))
}

/// Advances, sets, freezes, thaws or resets the clock; answers the new time.
pub(super) async fn change(
    State(platform): State<Platform>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Time>, Problem> {
    let clock = platform.clocks().platform();
    match change {
        Change { advance_s: Some(seconds), set: None, freeze: None, reset: None } => {
            clock.advance(SignedDuration::from_secs(seconds));
        }
        Change { advance_s: None, set: Some(time), freeze: None, reset: None } => clock.set(time),
        Change { advance_s: None, set: None, freeze: Some(true), reset: None } => clock.freeze(),
        Change { advance_s: None, set: None, freeze: Some(false), reset: None } => clock.thaw(),
        Change { advance_s: None, set: None, freeze: None, reset: Some(true) } => clock.reset(),
        Change { .. } => {
            return Err(Problem {
                status: StatusCode::BAD_REQUEST,
                message: "a change of the clock has exactly one member".to_owned(),
                hint: r#"{"advance_s": 7200}, {"set": "2026-11-24T12:00:00Z"}, {"freeze": true}, {"freeze": false} or {"reset": true}"#,
            });
        }
    }
    Ok(Json(time(clock)))
}

fn time(clock: &Clock) -> Time {
    let now = clock.timestamp();
    Time { now, epoch_s: now.into(), frozen: clock.is_frozen() }
}
