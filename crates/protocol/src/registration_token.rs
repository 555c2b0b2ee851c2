//! The token that registers a machine in a tenant (CONTRACT 1.5).

use serde::{Deserialize, Serialize};

use crate::{Secret, TenantId};

/// The answer to `POST tenants/{tenant_id}/registration_tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RegistrationTokenDocument {
    /// Its number.
    pub id: u32,
    /// Three groups of four capital letters or digits with hyphens between them.
    pub token: Secret,
    /// RFC 3339 with `+00:00`.
    pub created_at: String,
    /// RFC 3339 with `+00:00`.
    pub expires_at: String,
    /// The tenant's numeric ID, as text.
    pub tenant_id: String,
    /// The tenant's UUID.
    pub tenant_uuid: TenantId,
    /// What the machine may do.
    pub scopes: Vec<String>,
}
