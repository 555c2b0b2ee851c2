//! `GET /.well-known/openid-configuration` (CONTRACT 6.3).

use gatepass_protocol::{DiscoveryDocument, GrantType};

use crate::http::{arrival::Arrival, json::Json};

/// The endpoints, at the data center URL that the caller used.
pub(crate) async fn show(Arrival { base_url, .. }: Arrival) -> Json<DiscoveryDocument> {
    Json(DiscoveryDocument {
        issuer: base_url.issuer(),
        authorization_endpoint: base_url.join("/idp/authorize"),
        token_endpoint: base_url.join("/idp/token"),
        jwks_uri: base_url.join("/idp/keys"),
        response_types_supported: texts(["code"]),
        subject_types_supported: texts(["public"]),
        id_token_signing_alg_values_supported: texts(["RS256"]),
        grant_types_supported: texts([GrantType::ClientCredentials.as_str()]),
        token_endpoint_auth_methods_supported: texts(["client_secret_basic", "client_secret_post"]),
        claims_supported: texts(["aud", "exp", "iat", "iss", "name", "sub"]),
    })
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}
