//! `/api/2/tenants`, `/tenants/{tenant_id}` and its children (CONTRACT 1.5, 7).

use axum::extract::{Path, RawQuery, State};
use gatepass_protocol::{TenantDocument, TenantId};

use super::answer::Items;
use crate::{
    account::{AccountError, TenantPage, TenantQuery},
    http::{credentials::Authenticated, error::ApiError, json::Json},
    platform::Platform,
};

/// A page of the tenants that the caller may read.
pub(crate) async fn list(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<TenantPage>, ApiError> {
    let query = TenantQuery::read(&query.unwrap_or_default()).map_err(AccountError::from)?;
    Ok(Json(platform.tenants_for(&caller, &query)?))
}

/// One tenant.
pub(crate) async fn show(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<TenantDocument>, ApiError> {
    Ok(Json(platform.show_tenant(&caller, &id)?))
}

/// The IDs of the tenants right below one.
pub(crate) async fn children(
    State(platform): State<Platform>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Items<TenantId>>, ApiError> {
    Ok(Json(Items { items: platform.children_of(&caller, &id)? }))
}
