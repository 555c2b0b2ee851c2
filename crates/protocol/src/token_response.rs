//! The answer of the token endpoint (CONTRACT 3.1).

use serde::{Deserialize, Serialize};

use crate::EpochSeconds;

/// The 200 answer of the token endpoint. Members that are `None` are not written.
///
/// It has no `Debug`: it holds whole tokens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct TokenResponse {
    /// The token for `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds until the access token expires. Only the endpoint that discovery names sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// When the access token expires, in epoch seconds: its `exp` (CONTRACT 3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<EpochSeconds>,
    /// The OpenID Connect ID token.
    pub id_token: String,
    /// Where it was asked for with `scope=offline_access` (CONTRACT 2.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Always `bearer`, in lower case.
    pub token_type: String,
}
