//! The issue of the two tokens of an answer (CONTRACT 3).

use gatepass_protocol::{
    AccessPolicy, AccessTokenClaims, ClientId, EpochSeconds, IdTokenClaims, TenantId, TokenResponse,
};
use uuid::Uuid;

use super::KeyRing;

/// What was granted, to whom and until when: all that the tokens say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: ClientId,
    pub(crate) client_name: String,
    pub(crate) owner: TenantId,
    pub(crate) scope: Vec<AccessPolicy>,
    pub(crate) issued_at: EpochSeconds,
    pub(crate) expires_on: EpochSeconds,
    pub(crate) token_id: Uuid,
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

/// Signs an access token and an ID token, each with its own key.
pub(crate) fn issue(keys: &KeyRing, grant: Grant) -> TokenResponse {
    let id_token = keys.id.sign(&IdTokenClaims {
        aud: grant.client_id,
        exp: grant.expires_on,
        iat: grant.issued_at,
        iss: grant.issuer.clone(),
        sub: grant.client_id.uuid(),
        name: Some(grant.client_name).filter(|name| !name.is_empty()),
    });
    let access_token = keys.access.sign(&AccessTokenClaims {
        aud: grant.audience,
        exp: grant.expires_on,
        iat: grant.issued_at,
        iss: grant.issuer,
        nbf: None,
        jti: grant.token_id,
        sub: grant.client_id.uuid(),
        sub_type: "api_client".to_owned(),
        client_id: grant.client_id,
        owner_tuid: grant.owner,
        scope: grant.scope,
        ver: 2,
    });
    TokenResponse {
        access_token,
        expires_in: Some(grant.expires_on.since(grant.issued_at)),
        expires_on: Some(grant.expires_on),
        id_token,
        refresh_token: None,
        token_type: "bearer".to_owned(),
    }
}
