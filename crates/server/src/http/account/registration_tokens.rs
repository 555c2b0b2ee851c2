//! `POST /api/2/tenants/{tenant_id}/registration_tokens` (CONTRACT 1.5).

use axum::extract::{Path, State};

use super::answer::Issued;
use crate::{
    account::{AccountError, RegistrationTokenBody},
    http::{arrival::Arrival, body::JsonObject, credentials::Authenticated, error::ApiError},
    platform::Platform,
};

/// A token to register a machine with.
pub(crate) async fn create(
    State(platform): State<Platform>,
    arrival: Arrival,
    Authenticated(caller): Authenticated,
    Path(tenant): Path<String>,
    JsonObject(members): JsonObject,
) -> Result<Issued, ApiError> {
    let body = RegistrationTokenBody::read(members).map_err(AccountError::from)?;
    Ok(Issued(platform.create_registration_token(&caller, &tenant, body, arrival.now)?))
}
