//! `/api/2/clients` and `/api/2/clients/{client_id}` (CONTRACT 5).

use axum::extract::{Path, RawQuery, State};
use gatepass_protocol::ApiClientDocument;

use super::answer::{Created, Items, NoContent};
use crate::{
    access::{CHANGE_CLIENTS, READ_CLIENTS},
    account::{AccountError, ClientChange, ClientFilter, NewClientBody},
    http::{
        arrival::Arrival, body::JsonObject, credentials::Authenticated, error::ApiError, json::Json,
    },
    platform::Platform,
};

/// The API clients within the caller's tenants that pass the filters, never their secrets.
pub(crate) async fn list(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<Items<ApiClientDocument>>, ApiError> {
    let filter = ClientFilter::read(&query.unwrap_or_default()).map_err(AccountError::from)?;
    let clients = platform.clients_for(&caller, &filter)?;
    Ok(Json(Items { items: clients.iter().map(|client| client.document()).collect() }))
}

/// A new API client; the answer is the only one that has its secret.
pub(crate) async fn create(
    State(platform): State<Platform>,
    arrival: Arrival,
    Authenticated(caller): Authenticated,
    JsonObject(members): JsonObject,
) -> Result<Created, ApiError> {
    let body = NewClientBody::read(members).map_err(AccountError::from)?;
    let created = platform.create_client_for(&caller, body, arrival.now)?;
    Ok(Created(created.client.created_document(created.registration_access_token)))
}

/// One API client within the caller's tenants, never its secret.
pub(crate) async fn show(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ApiClientDocument>, ApiError> {
    Ok(Json(platform.client_for(&caller, READ_CLIENTS, &id)?.document()))
}

/// Changes an API client, and answers what became of it.
pub(crate) async fn update(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    JsonObject(members): JsonObject,
) -> Result<Json<ApiClientDocument>, ApiError> {
    let change = ClientChange::read(members).map_err(AccountError::from)?;
    let client = platform.client_for(&caller, CHANGE_CLIENTS, &id)?;
    Ok(Json(platform.update_client(client.id, change)?.document()))
}

/// Deletes an API client, enabled or not.
pub(crate) async fn delete(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<NoContent, ApiError> {
    let client = platform.client_for(&caller, CHANGE_CLIENTS, &id)?;
    platform.delete_client(client.id)?;
    Ok(NoContent)
}
