//! The API client as the Account Management API shows it (CONTRACT 5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, Secret, TenantId};

/// `type` of an API client (CONTRACT 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApiClientType {
    /// Made by an administrator for an integration.
    #[default]
    ApiClient,
    /// Made by a service.
    ManagedClient,
}

/// How an API client authenticates at the token endpoint (CONTRACT 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// Not at all: a public client, which names itself with `client_id` in the body.
    None,
}

/// Whether an API client may get tokens (CONTRACT 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApiClientStatus {
    /// It may.
    #[default]
    Enabled,
    /// It may not.
    Disabled,
}

/// The API client as `GET clients/{client_id}` answers it (CONTRACT 5.2). The secret is not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ApiClientDocument {
    /// Its ID.
    pub client_id: ClientId,
    /// The tenant where it was made.
    pub tenant_id: TenantId,
    /// Epoch seconds; 0 means never (CONTRACT 5.1).
    pub client_secret_expires_at: i64,
    /// Its type.
    #[serde(rename = "type")]
    pub client_type: ApiClientType,
    /// Free members; `client_name` is the name in the management console.
    pub data: Map<String, Value>,
    /// How it authenticates at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// RFC 3339 with `+00:00`.
    pub created_at: String,
    /// The UUID of the user or API client that made it.
    pub created_by: String,
    /// When it last got or used a token: RFC 3339 with `+00:00`, `None` before the first time.
    pub last_access_at: Option<String>,
    /// From where that was.
    pub last_access_from_ip: Option<String>,
    /// Enabled or disabled.
    pub status: ApiClientStatus,
    /// For browser logins.
    pub redirect_uris: Vec<String>,
    /// What its maker knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_id: Option<String>,
}

/// The API client as `POST clients` answers it (CONTRACT 5.1): the one answer with its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct CreatedApiClientDocument {
    /// Its ID.
    pub client_id: ClientId,
    /// The tenant where it was made.
    pub tenant_id: TenantId,
    /// Epoch seconds; 0 means never.
    pub client_secret_expires_at: i64,
    /// Its type.
    #[serde(rename = "type")]
    pub client_type: ApiClientType,
    /// Free members; `client_name` is the name in the management console.
    pub data: Map<String, Value>,
    /// How it authenticates at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// Its secret: 32 hexadecimal digits.
    pub client_secret: Secret,
    /// The token to manage the registration with (RFC 7592): 32 hexadecimal digits.
    pub registration_access_token: Secret,
    /// RFC 3339 with `+00:00`.
    pub created_at: String,
    /// The UUID of the user or API client that made it.
    pub created_by: String,
    /// Enabled or disabled.
    pub status: ApiClientStatus,
    /// For browser logins.
    pub redirect_uris: Vec<String>,
    /// What its maker knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_id: Option<String>,
}
