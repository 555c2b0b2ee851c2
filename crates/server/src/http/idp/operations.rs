//! What the identity provider may be asked, and what it answers.

use gatepass_protocol::{
    ApiErrorBody, DiscoveryDocument, Introspection, TokenErrorBody, TokenResponse,
};
use http::Method;

use crate::{
    http::openapi::{body_answers, platform_answers},
    openapi::{Answer, Operation, Security},
    tokens::Jwks,
};

const TAG: &str = "identity provider";

const TOKEN_FORM: &[(&str, &str)] = &[
    (
        "grant_type",
        "`client_credentials`, `password`, `refresh_token` or \
        `urn:ietf:params:oauth:grant-type:jwt-bearer` (CONTRACT 2.2)",
    ),
    (
        "scope",
        "`offline_access` for a refresh token, `urn:acronis.com:tenant-id:<uuid>` for a \
        narrower token (CONTRACT 2.5, 2.6)",
    ),
    ("client_id", "With `client_secret`, instead of HTTP Basic (CONTRACT 2.3)"),
    ("client_secret", "With `client_id`, instead of HTTP Basic (CONTRACT 2.3)"),
    ("assertion", "The token to be narrowed, for `jwt-bearer` (CONTRACT 2.5)"),
    ("refresh_token", "For `refresh_token` (CONTRACT 2.6)"),
    ("username", "For `password` (CONTRACT 2.8)"),
    ("password", "For `password` (CONTRACT 2.8)"),
    ("totp_code", "For `password`, where the user has two-factor login (CONTRACT 2.8)"),
];

const SUBJECT_FORM: &[(&str, &str)] = &[
    ("token", "The token that it is about"),
    ("token_type_hint", "`access_token` or `refresh_token`; changes nothing"),
    ("client_id", "With `client_secret`, instead of HTTP Basic"),
    ("client_secret", "With `client_id`, instead of HTTP Basic"),
];

/// The operations of the identity provider.
pub(in crate::http) fn operations() -> Vec<Operation> {
    let aliases = |prefixes: &[&str], name: &str| -> Vec<_> {
        prefixes.iter().map(|prefix| format!("{prefix}/{name}")).collect()
    };
    let idp = &["/api/2/idp", "/bc/idp", "/idp"];
    let tokens = aliases(idp, "token").into_iter().map(token);
    let revocations = aliases(idp, "revoke_token").into_iter().map(revoke);
    let introspections = aliases(idp, "introspect_token").into_iter().map(introspect);
    let discoveries = aliases(&["", "/bc"], ".well-known/openid-configuration");
    let keys = aliases(&["/idp", "/bc/idp", "/api/2/idp", "/api/idp/v1"], "keys");
    tokens
        .chain(revocations)
        .chain(introspections)
        .chain(discoveries.into_iter().map(discovery))
        .chain(keys.into_iter().map(jwks))
        .collect()
}

fn new(method: Method, path: String, summary: &'static str) -> Operation {
    Operation::new(method, path, summary)
        .tag(TAG)
        .shared_parameter("case")
        .answers(platform_answers())
}

fn token(path: String) -> Operation {
    new(Method::POST, path, "Issue tokens")
        .source("CONTRACT 2, 3. The parameters may stand in the query string (CONTRACT 2.4).")
        .secured(&[Security::ClientBasic, Security::Bearer, Security::None])
        .form(TOKEN_FORM)
        .answers(body_answers())
        .answers([
            Answer::json::<TokenResponse>(200, "The tokens"),
            Answer::json::<TokenErrorBody>(400, "The request makes no sense, or grants nothing"),
            Answer::json::<TokenErrorBody>(
                401,
                "The client authentication failed, or a code is missing",
            ),
            Answer::json::<TokenErrorBody>(
                403,
                "The tenant is not the client's, or two-factor login is to be set up",
            ),
        ])
}

fn revoke(path: String) -> Operation {
    new(Method::POST, path, "Revoke a token and the other one of its pair")
        .source("CONTRACT 6.1, RFC 7009")
        .secured(&[Security::ClientBasic, Security::None])
        .form(SUBJECT_FORM)
        .answers(body_answers())
        .answers([
            Answer::empty(200, "The token is good no more, if it ever was"),
            Answer::json::<TokenErrorBody>(400, "The request makes no sense"),
            Answer::json::<TokenErrorBody>(401, "The client authentication failed"),
        ])
}

fn introspect(path: String) -> Operation {
    new(Method::POST, path, "Tell what a token says, if it is good")
        .source("CONTRACT 6.2, RFC 7662")
        .secured(&[Security::Bearer, Security::ClientBasic])
        .form(SUBJECT_FORM.split_at(2).0)
        .answers(body_answers())
        .answers([
            Answer::json::<Introspection>(200, "What it says, or `{\"active\": false}`"),
            Answer::json::<ApiErrorBody>(400, "`token` is missing or comes more than once"),
            Answer::json::<ApiErrorBody>(401, "The caller is unknown"),
            Answer::json::<ApiErrorBody>(403, "The caller has not the role of an introspector"),
        ])
}

fn discovery(path: String) -> Operation {
    new(Method::GET, path, "Show the endpoints")
        .source("CONTRACT 6.3, OpenID Connect Discovery 1.0")
        .answers([Answer::json::<DiscoveryDocument>(200, "The endpoints")])
}

fn jwks(path: String) -> Operation {
    new(Method::GET, path, "Show the public keys")
        .source("CONTRACT 6.4, RFC 7517")
        .answers([Answer::json::<Jwks>(200, "The keys that verify tokens")])
}
