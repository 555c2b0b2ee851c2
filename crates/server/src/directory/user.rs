//! Users: the people who sign in to the management console (CONTRACT 7).

use gatepass_protocol::{
    EpochSeconds, MfaStatus, Secret, TenantId, UserContact, UserDocument, UserId,
};
use serde::Deserialize;

use super::Role;
use crate::totp::TotpSecret;

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) login: String,
    pub(crate) password: Secret,
    pub(crate) tenant: TenantId,
    pub(crate) roles: Vec<Role>,
    pub(crate) totp: Totp,
    pub(crate) created_at: EpochSeconds,
}

/// Two-factor login (CONTRACT 2.8).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Totp {
    /// The password is enough.
    #[default]
    Off,
    /// The user has to set it up before the next login.
    SetupRequired,
    /// A code of RFC 6238 is needed, made from this secret in Base32.
    Secret(TotpSecret),
}

impl User {
    /// The user as the API shows it (CONTRACT 7).
    pub(crate) fn document(&self) -> UserDocument {
        UserDocument {
            id: self.id,
            version: 1,
            tenant_id: self.tenant,
            login: self.login.clone(),
            contact: UserContact { email: self.login.clone() },
            activated: true,
            enabled: true,
            created_at: self.created_at.rfc3339(),
            updated_at: self.created_at.rfc3339(),
            deleted_at: None,
            language: "en".to_owned(),
            business_types: Vec::new(),
            notifications: Vec::new(),
            mfa_status: match self.totp {
                Totp::Off => MfaStatus::Disabled,
                Totp::SetupRequired => MfaStatus::SetupRequired,
                Totp::Secret(_) => MfaStatus::Enabled,
            },
        }
    }
}
