//! `GET /api/2/clients/{client_id}` (CONTRACT 5.2).

use axum::extract::{Path, State};
use gatepass_protocol::{ApiClientDocument, ClientId};

use crate::{
    access::READ_CLIENTS,
    http::{credentials::Bearer, error::ApiError, json::Json},
    platform::Platform,
};

/// One API client within the caller's tenants, never its secret.
pub(crate) async fn show(
    State(platform): State<Platform>,
    Bearer { caller, .. }: Bearer<ApiError>,
    Path(id): Path<String>,
) -> Result<Json<ApiClientDocument>, ApiError> {
    let directory = platform.directory();
    let found = id.parse::<ClientId>().ok().and_then(|id| directory.client(id));
    let client = found.ok_or_else(|| ApiError::NotFound(format!("API client {id}")))?;
    if !caller.may(READ_CLIENTS, client.tenant, &directory) {
        let what = format!("API client {}", client.id);
        return Err(ApiError::Forbidden { caller: caller.client_id(), what });
    }
    Ok(Json(client.document()))
}
