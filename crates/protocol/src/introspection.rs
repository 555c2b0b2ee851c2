//! The answer of the introspection endpoint (RFC 7662, CONTRACT 6.2).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccessPolicy, AccessTokenClaims, ClientId, EpochSeconds, TenantId, UserId};

/// What the introspection endpoint answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Introspection {
    /// Whether the token is good now.
    pub active: bool,
    /// What a good token says; nothing is told of any other (RFC 7662 section 2.2).
    #[serde(flatten)]
    pub token: Option<IntrospectedToken>,
}

/// What is told of a good access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct IntrospectedToken {
    /// Always `bearer`.
    pub token_type: String,
    /// Expiry, in epoch seconds.
    pub exp: EpochSeconds,
    /// Who the token is for.
    pub aud: String,
    /// The token's own UUID.
    pub jti: Uuid,
    /// Who issued it.
    pub iss: String,
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
    /// When the user last gave a code of a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp_time: Option<EpochSeconds>,
    /// When the user signed in with a code of a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_totp_time: Option<EpochSeconds>,
    /// What the bearer may do, and where.
    pub scope: Vec<AccessPolicy>,
    /// The tenants that the token was narrowed to, as URNs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub narrowing: Vec<Vec<String>>,
}

impl Introspection {
    /// Of a token that is not good, for whatever reason.
    pub fn inactive() -> Self {
        Self { active: false, token: None }
    }

    /// Of a good access token with these claims.
    pub fn active(claims: AccessTokenClaims) -> Self {
        let token = IntrospectedToken {
            token_type: "bearer".to_owned(),
            exp: claims.exp,
            aud: claims.aud,
            jti: claims.jti,
            iss: claims.iss,
            sub: claims.sub,
            sub_type: claims.sub_type,
            client_id: claims.client_id,
            owner_tuid: claims.owner_tuid,
            uid: claims.uid,
            totp_time: claims.totp_time,
            login_totp_time: claims.login_totp_time,
            scope: claims.scope,
            narrowing: claims.narrowing,
        };
        Self { active: true, token: Some(token) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_of_a_token_that_is_not_good() {
        let inactive = serde_json::to_string(&Introspection::inactive()).unwrap();

        assert_eq!(inactive, r#"{"active":false}"#);
        let read: Introspection = serde_json::from_str(&inactive).unwrap();
        assert_eq!(read, Introspection::inactive());
    }
}
