//! The user as the Account Management API shows it (CONTRACT 7).

use serde::{Deserialize, Serialize};

use crate::{TenantId, UserId};

/// The user as `GET users/me` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct UserDocument {
    /// Its ID.
    pub id: UserId,
    /// Counts its changes.
    pub version: u64,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// What it signs in with.
    pub login: String,
    /// How to reach the person.
    pub contact: UserContact,
    /// Whether the person has set a password.
    pub activated: bool,
    /// Whether it may sign in.
    pub enabled: bool,
    /// RFC 3339 with `+00:00`.
    pub created_at: String,
    /// RFC 3339 with `+00:00`.
    pub updated_at: String,
    /// RFC 3339 with `+00:00`; `None` unless it is deleted.
    pub deleted_at: Option<String>,
    /// The person's language, e.g. `en`.
    pub language: String,
    /// What the person does, e.g. `accounting`.
    pub business_types: Vec<String>,
    /// What the person is told by mail.
    pub notifications: Vec<String>,
    /// Two-factor login.
    pub mfa_status: MfaStatus,
}

/// How to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct UserContact {
    /// The mail address.
    pub email: String,
}

/// Two-factor login of a user (CONTRACT 2.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MfaStatus {
    /// The password is enough.
    Disabled,
    /// The user has to set it up.
    SetupRequired,
    /// A code is needed.
    Enabled,
}
