//! The tenant as the Account Management API shows it (CONTRACT 7).

use serde::{Deserialize, Serialize};

use crate::TenantId;

/// The kinds of tenants (CONTRACT, "Words").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TenantKind {
    /// The data center's own.
    Root,
    /// A service provider.
    Partner,
    /// A partner's group of tenants.
    Folder,
    /// A company.
    Customer,
    /// A department of a company.
    Unit,
}

/// The tenant as `GET tenants/{tenant_id}` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct TenantDocument {
    /// Its ID.
    pub id: TenantId,
    /// Counts its changes.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: TenantKind,
    /// The tenant above it, where there is one.
    pub parent_id: Option<TenantId>,
    /// Whether its users may sign in.
    pub enabled: bool,
    /// The type of its customer, e.g. `default`.
    pub customer_type: String,
    /// What its partner knows it by.
    pub customer_id: Option<String>,
    /// The number of its branding.
    pub brand_id: Option<u64>,
    /// Whether administrators of tenants above may enter it.
    pub ancestral_access: bool,
    /// Whether there are tenants below it.
    pub has_children: bool,
    /// The language of its users, e.g. `en`.
    pub language: String,
    /// RFC 3339 with `+00:00`.
    pub created_at: String,
    /// RFC 3339 with `+00:00`.
    pub updated_at: String,
    /// RFC 3339 with `+00:00`; `None` unless it is deleted.
    pub deleted_at: Option<String>,
}
