//! What the tokens say (CONTRACT 3.5, 3.6).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientId, EpochSeconds, TenantId, UserId};

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Who the token is for: the host of the data center.
    pub aud: String,
    /// Expiry, in epoch seconds.
    pub exp: EpochSeconds,
    /// Issue, in epoch seconds.
    pub iat: EpochSeconds,
    /// Who issued it: the data center URL with `/bc`.
    pub iss: String,
    /// Not valid before, in epoch seconds; the platform leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<EpochSeconds>,
    /// The token's own UUID.
    pub jti: Uuid,
    /// The API client or user that it stands for.
    pub sub: Uuid,
    /// `api_client` or `user`.
    pub sub_type: String,
    /// The API client that asked for it.
    pub client_id: ClientId,
    /// The tenant that owns the API client.
    pub owner_tuid: TenantId,
    /// The user, where the token stands for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<UserId>,
    /// When the user last gave a code of a second factor, in epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp_time: Option<EpochSeconds>,
    /// When the user signed in with a code of a second factor, in epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_totp_time: Option<EpochSeconds>,
    /// What the bearer may do, and where.
    pub scope: Vec<AccessPolicy>,
    /// The tenants that the token was narrowed to (CONTRACT 2.5), as URNs; empty where it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub narrowing: Vec<Vec<String>>,
    /// The version of this set of claims.
    pub ver: u8,
}

/// A role within a tenant and those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AccessPolicy {
    /// The tenant's numeric ID, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// The tenant's UUID.
    pub tuid: TenantId,
    /// The resource server: `account-server`, `task_manager`.
    pub rs: String,
    /// The role there: `tenant_viewer`, `viewer`.
    pub role: String,
}

/// The claims of an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The API client that asked for it.
    pub aud: ClientId,
    /// Expiry, in epoch seconds.
    pub exp: EpochSeconds,
    /// Issue, in epoch seconds.
    pub iat: EpochSeconds,
    /// Who issued it: the data center URL with `/bc`.
    pub iss: String,
    /// The API client or user that it stands for.
    pub sub: Uuid,
    /// Its name, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
