//! `POST /_gatepass/reset`: back to the fixtures.

use axum::extract::State;

use super::answer::NoContent;
use crate::platform::Platform;

/// Forgets all that happened since the start.
pub(super) async fn reset(State(platform): State<Platform>) -> NoContent {
    platform.reset();
    NoContent
}
