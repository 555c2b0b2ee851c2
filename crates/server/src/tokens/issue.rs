//! The issue of the two tokens of an answer (CONTRACT 3).

use gatepass_protocol::{
    AccessPolicy, AccessTokenClaims, ClientId, EpochSeconds, IdTokenClaims, TenantId,
    TokenResponse, UserId,
};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{KeyRing, Signed, TokenShape};

/// What was granted, to whom and until when: all that the tokens say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: ClientId,
    /// The tenant that owns the API client.
    pub(crate) owner: TenantId,
    pub(crate) subject: Subject,
    pub(crate) scope: Vec<AccessPolicy>,
    /// The tenants that the token was narrowed to; none where it was not.
    pub(crate) narrowing: Vec<TenantId>,
    /// Whether services need not ask whether the token is revoked (CONTRACT 2.7).
    pub(crate) introspection_not_required: bool,
    pub(crate) issued_at: EpochSeconds,
    pub(crate) expires_on: EpochSeconds,
    pub(crate) token_id: Uuid,
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

/// Who a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The API client itself.
    Client {
        /// As the management console shows it.
        name: String,
    },
    /// A person who signed in through the API client.
    User {
        id: UserId,
        login: String,
        /// When the user gave a code of a second factor.
        totp_at: Option<EpochSeconds>,
    },
}

/// Signs an access token and an ID token, each with its own key; `shape` is how they differ from
/// good ones, `id_shape` how the ID token alone does.
pub(crate) fn issue(
    keys: &KeyRing,
    mut grant: Grant,
    shape: &TokenShape,
    id_shape: Option<&TokenShape>,
) -> TokenResponse {
    if let Some(lifetime_s) = shape.lifetime_s {
        grant.expires_on = grant.issued_at.shifted(lifetime_s);
    }
    let (issued_at, expires_on) = (grant.issued_at, grant.expires_on);
    let id_token = id_token(keys, &id_claims(&grant), id_shape);
    let nri = grant.introspection_not_required;
    TokenResponse {
        access_token: access_token(keys, &access_claims(grant, shape), nri, shape),
        expires_in: Some(expires_on.since(issued_at)),
        expires_on: Some(expires_on),
        id_token,
        refresh_token: None,
        token_type: "bearer".to_owned(),
    }
}

fn id_claims(grant: &Grant) -> IdTokenClaims {
    let (sub, name) = match &grant.subject {
        Subject::Client { name } => (grant.client_id.uuid(), name),
        Subject::User { id, login, .. } => (id.uuid(), login),
    };
    IdTokenClaims {
        aud: grant.client_id,
        exp: grant.expires_on,
        iat: grant.issued_at,
        iss: grant.issuer.clone(),
        sub,
        name: Some(name.clone()).filter(|name| !name.is_empty()),
    }
}

fn access_claims(grant: Grant, shape: &TokenShape) -> AccessTokenClaims {
    let (sub, sub_type, uid, totp_at) = match grant.subject {
        Subject::Client { .. } => (grant.client_id.uuid(), "api_client", None, None),
        Subject::User { id, totp_at, .. } => (id.uuid(), "user", Some(id), totp_at),
    };
    // Tenants are alternatives, so each stands in a list of its own.
    let narrowing = |tenant: &TenantId| vec![format!("urn:acronis.com:tenant-id:{tenant}")];
    AccessTokenClaims {
        aud: shape.audience.clone().unwrap_or(grant.audience),
        exp: grant.expires_on,
        iat: grant.issued_at,
        iss: shape.issuer.clone().unwrap_or(grant.issuer),
        nbf: shape.not_before_s.map(|seconds| grant.issued_at.shifted(seconds)),
        jti: grant.token_id,
        sub,
        sub_type: sub_type.to_owned(),
        client_id: grant.client_id,
        owner_tuid: grant.owner,
        uid,
        totp_time: totp_at,
        login_totp_time: totp_at,
        scope: grant.scope,
        narrowing: grant.narrowing.iter().map(narrowing).collect(),
        ver: 2,
    }
}

fn access_token(
    keys: &KeyRing,
    claims: &AccessTokenClaims,
    introspection_not_required: bool,
    shape: &TokenShape,
) -> String {
    let plain = shape.signs_as_usual() && !introspection_not_required;
    if plain && shape.claims_as_usual() {
        return keys.access.sign(claims); // The hot path: nothing is rendered twice.
    }
    let mut header = keys.access.header();
    if introspection_not_required {
        header.insert("nri".to_owned(), 1.into());
    }
    let mut claims = members(claims);
    shape.change_claims(&mut claims);
    Signed::new([&keys.access, &keys.id], shape, header, &claims).into_token()
}

fn id_token(keys: &KeyRing, claims: &IdTokenClaims, shape: Option<&TokenShape>) -> String {
    let Some(shape) = shape else { return keys.id.sign(claims) };
    let mut claims = members(claims);
    shape.change_claims(&mut claims);
    Signed::new([&keys.id, &keys.access], shape, keys.id.header(), &claims).into_token()
}

fn members(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(members)) => members,
        _ => unreachable!("claims are an object of texts, numbers and lists"),
    }
}
