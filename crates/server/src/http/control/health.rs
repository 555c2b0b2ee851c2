//! `GET /_gatepass/health`.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{http::json::Json, platform::Platform};

#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    product: &'static str,
    version: &'static str,
    status: &'static str,
    uptime_s: u64,
}

/// 200 once requests are served.
pub(super) async fn show(State(platform): State<Platform>) -> Json<Health> {
    Json(Health {
        product: "gatepass",
        version: env!("CARGO_PKG_VERSION"),
        status: "ready",
        uptime_s: platform.uptime_s(),
    })
}
