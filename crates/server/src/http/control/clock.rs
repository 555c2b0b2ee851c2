//! `GET` and `PUT /_gatepass/clock`, and the same under `clients/{id}`: time travel.

use axum::extract::{Path, State};
use gatepass_protocol::{ClientId, EpochSeconds};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    clients::known,
    problem::{JsonBody, Problem},
};
use crate::{
    clock::Clock,
    http::json::Json,
    live::{ClockMoved, Event},
    platform::Platform,
};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ClockTime")]
pub(super) struct Time {
    #[schemars(with = "String", extend("format" = "date-time"))]
    now: Timestamp,
    epoch_s: EpochSeconds,
    frozen: bool,
}

/// What is to happen to the clock: exactly one of the members.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ClockChange")]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    advance_s: Option<i64>,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    set: Option<Timestamp>,
    freeze: Option<bool>,
    reset: Option<bool>,
}

/// The platform's time.
pub(super) async fn show(State(platform): State<Platform>) -> Json<Time> {
    Json(time(platform.clocks().platform()))
}

/// An API client's time.
pub(super) async fn show_of_client(
    State(platform): State<Platform>,
    Path(id): Path<String>,
) -> Result<Json<Time>, Problem> {
    let id = known(&platform, &id)?;
    Ok(Json(time(&platform.clocks().of(Some(id)))))
}

/// Advances, sets, freezes, thaws or resets the clock; answers the new time.
pub(super) async fn change(
    State(platform): State<Platform>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Time>, Problem> {
    let clock = platform.clocks().platform();
    apply(&change, clock)?;
    Ok(Json(moved(&platform, clock, None)))
}

/// The same with the time of one API client; reset, it follows the platform's again.
pub(super) async fn change_of_client(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Time>, Problem> {
    let id = known(&platform, &id)?;
    // A change that makes no sense makes no clock.
    apply(&change, &platform.clocks().of(Some(id)).following())?;
    if change.reset.is_some() {
        platform.clocks().forget(id);
    } else {
        apply(&change, &platform.clocks().own(id))?;
    }
    Ok(Json(moved(&platform, &platform.clocks().of(Some(id)), Some(id))))
}

fn apply(change: &Change, clock: &Clock) -> Result<(), Problem> {
    match *change {
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
                hint: r#"{"advance_s": 7200}, {"set": "2030-01-01T00:00:00Z"}, {"freeze": true}, {"freeze": false} or {"reset": true}"#,
            });
        }
    }
    Ok(())
}

fn moved(platform: &Platform, clock: &Clock, client: Option<ClientId>) -> Time {
    platform.live().tell(Event::Clock(ClockMoved::of(clock, client)));
    time(clock)
}

fn time(clock: &Clock) -> Time {
    let now = clock.timestamp();
    Time { now, epoch_s: now.into(), frozen: clock.is_frozen() }
}
