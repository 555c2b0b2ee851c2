//! `GET /_gatepass/health`.

use serde::Serialize;

use crate::http::json::Json;

#[derive(Serialize)]
pub(super) struct Health {
    product: &'static str,
    version: &'static str,
    status: &'static str,
}

/// 200 once requests are served.
pub(super) async fn show() -> Json<Health> {
    Json(Health { product: "gatepass", version: env!("CARGO_PKG_VERSION"), status: "ready" })
}
