//! The control API, `/_gatepass/…`: what a test tells the platform.

mod answer;
mod cases;
mod clients;
mod clock;
mod events;
mod guard;
mod health;
mod keys;
mod metrics;
mod operations;
mod problem;
mod query;
mod requests;
mod reset;
mod tokens;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post, put},
};

pub(super) use self::operations::operations;
use crate::platform::Platform;

pub(super) fn router(platform: &Platform) -> Router<Platform> {
    let guarded = Router::new()
        .route("/clients", get(clients::list).post(clients::create))
        .route("/clients/{id}", get(clients::show).patch(clients::change).delete(clients::delete))
        .route("/clients/{id}/clock", get(clock::show_of_client).put(clock::change_of_client))
        .route("/clients/{id}/secret", post(clients::reset_secret))
        .route("/clock", get(clock::show).put(clock::change))
        .route("/cases", get(cases::list).put(cases::play_for_all).delete(cases::stop))
        .route("/clients/{client_id}/cases", put(cases::play_for_client))
        .route("/keys/rotate", post(keys::rotate))
        .route("/events", get(events::listen))
        .route("/metrics", get(metrics::show))
        .route("/requests", get(requests::list).delete(requests::delete))
        .route("/requests/count", get(requests::count))
        .route("/requests/wait", get(requests::wait))
        .route("/reset", post(reset::reset))
        .route("/tokens", post(tokens::mint))
        .route_layer(from_fn_with_state(platform.clone(), guard::require_own_caller));
    health().merge(guarded)
}

/// Container health checks have no key, and learn nothing but that it is ready.
pub(super) fn health() -> Router<Platform> {
    Router::new().route("/health", get(health::show))
}
