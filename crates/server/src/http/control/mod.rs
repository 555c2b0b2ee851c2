//! The control API, `/_gatepass/…`: what a test tells the platform.

mod cases;
mod clock;
mod guard;
mod health;
mod keys;
mod problem;
mod tokens;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post, put},
};

use crate::platform::Platform;

pub(super) fn router(platform: &Platform) -> Router<Platform> {
    let guarded = Router::new()
        .route("/clock", get(clock::show).put(clock::change))
        .route("/cases", get(cases::list).put(cases::play_for_all).delete(cases::stop))
        .route("/clients/{client_id}/cases", put(cases::play_for_client))
        .route("/keys/rotate", post(keys::rotate))
        .route("/tokens", post(tokens::mint))
        .route_layer(from_fn_with_state(platform.clone(), guard::require_own_caller));
    // Container health checks have no key, and learn nothing but that it is ready.
    Router::new().route("/health", get(health::show)).merge(guarded)
}
