//! `GET /.well-known/openid-configuration` (CONTRACT 6.3).

use gatepass_protocol::{DiscoveryDocument, GrantType};

use crate::{
    grants::OFFERED_GRANTS,
    http::{arrival::Arrival, json::Json},
};

/// The endpoints, at the data center URL that the caller used.
pub(crate) async fn show(Arrival { base_url, .. }: Arrival) -> Json<DiscoveryDocument> {
    // As at the token endpoint (CONTRACT 2.3, 6.1).
    let auth_methods = || texts(["client_secret_basic", "client_secret_post", "none"]);
    Json(DiscoveryDocument {
        issuer: base_url.issuer(),
        authorization_endpoint: base_url.join("/idp/authorize"),
        token_endpoint: base_url.join("/idp/token"),
        jwks_uri: base_url.join("/idp/keys"),
        introspection_endpoint: Some(base_url.join("/idp/introspect_token")),
        revocation_endpoint: Some(base_url.join("/idp/revoke_token")),
        response_types_supported: texts(["code"]),
        subject_types_supported: texts(["public"]),
        id_token_signing_alg_values_supported: texts(["RS256"]),
        grant_types_supported: texts(OFFERED_GRANTS.map(GrantType::as_str)),
        token_endpoint_auth_methods_supported: auth_methods(),
        revocation_endpoint_auth_methods_supported: auth_methods(),
        scopes_supported: texts(["openid", "offline_access"]),
        claims_supported: texts(["aud", "exp", "iat", "iss", "name", "sub"]),
    })
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}
