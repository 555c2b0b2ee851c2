//! The platform over HTTP: the route table, and what all routes share.

mod account;
mod arrival;
mod body;
mod cases;
mod control;
mod credentials;
mod error;
mod exchange;
mod identity;
mod idp;
mod json;
mod negotiation;
mod openapi;
mod task_manager;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};

use self::{
    account::{clients, registration_tokens, tenants, users},
    idp::{discovery, introspect, keys, revoke, token},
    task_manager::{activities, tasks},
};
pub(crate) use self::{
    arrival::{Arrival, Connection},
    openapi::document,
};
use crate::platform::Platform;

/// All that the platform answers: one line a documented path.
pub(crate) fn router(platform: Platform) -> Router {
    let routes = Router::new()
        .route("/api/2/idp/token", post(token::issue)) // CONTRACT 1.2
        .route("/bc/idp/token", post(token::issue)) // CONTRACT 1.2
        .route("/idp/token", post(token::issue_as_discovered)) // CONTRACT 1.2, 3.1
        .route("/api/2/idp/revoke_token", post(revoke::revoke)) // CONTRACT 1.3
        .route("/bc/idp/revoke_token", post(revoke::revoke)) // CONTRACT 1.3
        .route("/idp/revoke_token", post(revoke::revoke)) // CONTRACT 1.3
        .route("/api/2/idp/introspect_token", post(introspect::introspect)) // CONTRACT 1.3
        .route("/bc/idp/introspect_token", post(introspect::introspect)) // CONTRACT 1.3
        .route("/idp/introspect_token", post(introspect::introspect)) // CONTRACT 1.3
        .route("/.well-known/openid-configuration", get(discovery::show)) // CONTRACT 1.4
        // OpenID Connect Discovery 4: beside the issuer, whose path is `/bc`.
        .route("/bc/.well-known/openid-configuration", get(discovery::show))
        .route("/idp/keys", get(keys::show)) // CONTRACT 1.4
        .route("/bc/idp/keys", get(keys::show)) // CONTRACT 1.3
        .route("/api/2/idp/keys", get(keys::show)) // CONTRACT 1.3
        .route("/api/idp/v1/keys", get(keys::show)) // CONTRACT 1.4
        .route("/api/2/clients", get(clients::list).post(clients::create)) // CONTRACT 1.5
        .route(
            "/api/2/clients/{client_id}", // CONTRACT 1.5
            get(clients::show).put(clients::update).delete(clients::delete),
        )
        .route("/api/2/users/me", get(users::me)) // CONTRACT 1.5
        .route("/api/1/accounts", get(users::account)) // CONTRACT 1.5
        .route("/api/2/accounts", get(users::account)) // Beside it: programs have one base URL.
        .route("/api/2/tenants", get(tenants::list)) // CONTRACT 1.5
        .route("/api/2/tenants/{tenant_id}", get(tenants::show)) // CONTRACT 1.5
        .route("/api/2/tenants/{tenant_id}/children", get(tenants::children)) // CONTRACT 1.5
        .route(
            "/api/2/tenants/{tenant_id}/registration_tokens", // CONTRACT 1.5
            post(registration_tokens::create),
        )
        .route("/api/task_manager/v2/tasks", get(tasks::list)) // CONTRACT 1.6
        .route("/api/task_manager/v2/tasks/{id}", get(tasks::show)) // CONTRACT 1.6
        .route("/api/task_manager/v2/activities", get(activities::list)) // CONTRACT 1.6
        .route("/api/task_manager/v2/activities/{id}", get(activities::show)) // CONTRACT 1.6
        .route("/openapi.json", get(openapi::show))
        .route_layer(from_fn(negotiation::require_json))
        .nest(
            "/_gatepass",
            match platform.config().control_listen {
                Some(_) => control::health(),
                None => control::router(&platform),
            },
        );
    served(routes, platform)
}

/// The control API on a listener of its own.
pub(crate) fn control_router(platform: Platform) -> Router {
    served(Router::new().nest("/_gatepass", control::router(&platform)), platform)
}

/// What all that is served has in common: the answers to what is not there, and the exchange.
fn served(routes: Router<Platform>, platform: Platform) -> Router {
    let routes =
        routes.fallback(error::no_endpoint).method_not_allowed_fallback(error::method_not_allowed);
    let all = exchange::Routes {
        routes: routes.clone().with_state(platform.clone()),
        platform: platform.clone(),
    };
    routes.layer(from_fn_with_state(all, exchange::exchange)).with_state(platform)
}
