//! Who a request to the token endpoint comes from, and why none is issued (CONTRACT 2 and 4).
//!
//! No HTTP, no clock, no lock: facts in, a verdict out.

use std::sync::Arc;

use gatepass_protocol::{
    ApiClientStatus, AuthorizationError, BasicCredentials, ClientId, Form, GrantType,
    RepeatedParameter, ScopeError, Secret, TenantId, TokenEndpointAuthMethod, UnknownGrantType,
    UserId,
};

use crate::{
    access::Unauthorized,
    directory::{ApiClient, Directory},
    tokens::RefreshRejection,
};

/// The `Authorization` header of a request to the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// There is none: the client authenticates in the body, or is a public one.
    None,
    /// The client authenticates (CONTRACT 2.1).
    Basic(BasicCredentials),
    /// An access token, which is to be the assertion too (CONTRACT 2.5).
    Bearer(Secret),
}

/// How a request says who it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientAuthentication {
    pub(crate) id: String,
    /// `None` for a public client.
    pub(crate) secret: Option<Secret>,
    pub(crate) method: TokenEndpointAuthMethod,
}

/// Why no token is issued. The journal sees the reason whole; the wire says less.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "the request names no client: neither an Authorization header nor client_id in the body"
    )]
    NoCredentials,
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    #[error("the Authorization header is given more than once or is not text")]
    AuthorizationHeader,
    #[error("the client authenticates both in the Authorization header and in the body")]
    TwoMethods,
    #[error("client_id in the body is not that of the Authorization header")]
    ClientIdsDiffer,
    /// With the ID where it is one: a secret may have been sent in its place.
    #[error("no API client {}", .0.map_or_else(|| "has an ID that is no UUID".to_owned(), |id| id.to_string()))]
    UnknownClient(Option<ClientId>),
    #[error("the secret is not that of API client {0}")]
    WrongSecret(ClientId),
    #[error("API client {0} is not registered for {method}", method = method_name(*.1))]
    WrongMethod(ClientId, TokenEndpointAuthMethod),
    #[error("API client {0} is disabled")]
    ClientDisabled(ClientId),
    #[error(transparent)]
    Repeated(#[from] RepeatedParameter),
    #[error("`{0}` has one value in the query string and another in the body")]
    Contradiction(&'static str),
    #[error("the parameter `grant_type` is missing")]
    NoGrantType,
    #[error(transparent)]
    UnknownGrantType(#[from] UnknownGrantType),
    #[error("the grant type `{}` is not offered", .0.as_str())]
    GrantNotOffered(GrantType),
    #[error("a public client has no grant type `client_credentials`")]
    PublicClient(ClientId),
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("tenant {0} is not within the tenants that the token could be for")]
    TenantNotAllowed(TenantId),
    #[error("the parameter `{0}` is missing")]
    MissingParameter(&'static str),
    #[error("`{0}` is neither `true` nor `false`")]
    Flag(&'static str),
    #[error("a Bearer token is no client authentication but for the grant type `jwt-bearer`")]
    BearerNotTaken,
    #[error("the Bearer token is not the assertion")]
    AssertionIsNotBearer,
    #[error("the assertion is no good access token: {0}")]
    Assertion(Unauthorized),
    #[error("the assertion is a token of API client {0}")]
    AssertionOfAnother(ClientId),
    #[error("the scope names no tenant: `urn:acronis.com:tenant-id:` and its UUID")]
    NoTenant,
    /// Without the login: a password may have been sent in its place.
    #[error("no user has this login")]
    UnknownUser,
    #[error("the password is not that of user {0}")]
    WrongPassword(UserId),
    #[error("user {0} has to set up a second factor before the next login")]
    TotpSetupRequired(UserId),
    #[error("user {0} needs `totp_code`, a code of the second factor")]
    TotpRequired(UserId),
    #[error("the code of the second factor is not one of user {0} at this time")]
    InvalidTotp(UserId),
    #[error(transparent)]
    RefreshToken(#[from] RefreshRejection),
    #[error("an ID token can't be revoked, only access tokens and refresh tokens can")]
    IdTokenRevoked,
}

/// The client authentication that the body carries, or the one of the header
/// (CONTRACT 2.1, 2.3; RFC 6749 section 2.3: not both).
pub(crate) fn client_authentication(
    basic: Option<&BasicCredentials>,
    body: &Form,
) -> Result<ClientAuthentication, Refusal> {
    let (id, secret) = (body.get("client_id"), body.get("client_secret"));
    if let Some(basic) = basic {
        if secret.is_some() {
            return Err(Refusal::TwoMethods);
        }
        if id.is_some_and(|id| id != basic.id()) {
            return Err(Refusal::ClientIdsDiffer);
        }
        return Ok(ClientAuthentication {
            id: basic.id().to_owned(),
            secret: Some(basic.secret().clone()),
            method: TokenEndpointAuthMethod::ClientSecretBasic,
        });
    }
    let id = id.ok_or(Refusal::NoCredentials)?.to_owned();
    let secret = secret.map(Secret::from);
    let method = match secret {
        Some(_) => TokenEndpointAuthMethod::ClientSecretPost,
        None => TokenEndpointAuthMethod::None,
    };
    Ok(ClientAuthentication { id, secret, method })
}

/// The API client that the request proves to come from. With `any_method`, a secret is accepted
/// in another place than the client is registered for (CONTRACT 2.3).
pub(crate) fn authenticate(
    presented: &ClientAuthentication,
    directory: &Directory,
    any_method: bool,
) -> Result<Arc<ApiClient>, Refusal> {
    let id: ClientId = presented.id.parse().map_err(|_| Refusal::UnknownClient(None))?;
    let client = directory.client(id).ok_or(Refusal::UnknownClient(Some(id)))?;
    let public = client.auth_method == TokenEndpointAuthMethod::None;
    match &presented.secret {
        Some(secret) if public || *secret != client.secret => return Err(Refusal::WrongSecret(id)),
        None if !public => return Err(Refusal::WrongMethod(id, presented.method)),
        Some(_) | None => {}
    }
    if presented.method != client.auth_method && !any_method {
        return Err(Refusal::WrongMethod(id, presented.method));
    }
    match client.status {
        ApiClientStatus::Disabled => Err(Refusal::ClientDisabled(id)),
        ApiClientStatus::Enabled => Ok(Arc::clone(client)),
    }
}

/// Refuses a body that names another client than the one that the Bearer token is of, or that
/// authenticates a second time.
pub(crate) fn same_client(client: ClientId, body: &Form) -> Result<(), Refusal> {
    if body.get("client_secret").is_some() {
        return Err(Refusal::TwoMethods);
    }
    match body.get("client_id") {
        Some(id) if id.parse() != Ok(client) => Err(Refusal::ClientIdsDiffer),
        Some(_) | None => Ok(()),
    }
}

/// The value of a parameter that may stand in the body or in the query string
/// (CONTRACT 2.4).
pub(crate) fn parameter<'a>(
    name: &'static str,
    body: &'a Form,
    query: &'a Form,
) -> Result<Option<&'a str>, Refusal> {
    match (body.get(name), query.get(name)) {
        (Some(in_body), Some(in_query)) if in_body != in_query => Err(Refusal::Contradiction(name)),
        (in_body, in_query) => Ok(in_body.or(in_query)),
    }
}

fn method_name(method: TokenEndpointAuthMethod) -> &'static str {
    match method {
        TokenEndpointAuthMethod::ClientSecretBasic => "client_secret_basic",
        TokenEndpointAuthMethod::ClientSecretPost => "client_secret_post",
        TokenEndpointAuthMethod::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretPost, None as Public};

    use super::*;
    use crate::grants::tests::directory;

    fn client(directory: &Directory, is: impl Fn(&ApiClient) -> bool) -> &Arc<ApiClient> {
        directory.clients().find(|client| is(client)).unwrap()
    }

    fn presented(
        client: &ApiClient,
        secret: Option<&str>,
        method: TokenEndpointAuthMethod,
    ) -> ClientAuthentication {
        ClientAuthentication { id: client.id.to_string(), secret: secret.map(Secret::from), method }
    }

    #[test]
    fn a_client_proves_itself_with_its_own_secret_by_its_own_method() {
        let directory = directory();
        let basic = directory.default_client();
        let post = client(&directory, |client| client.auth_method == ClientSecretPost);
        let public = client(&directory, |client| client.auth_method == Public);
        let (basic_secret, post_secret) = (basic.secret.reveal(), post.secret.reveal());

        for (presented, any_method, refusal) in [
            (presented(basic, Some(basic_secret), ClientSecretBasic), false, None),
            (presented(post, Some(post_secret), ClientSecretPost), false, None),
            (presented(public, None, Public), false, None),
            (presented(basic, Some(basic_secret), ClientSecretPost), true, None),
            (
                presented(basic, Some(basic_secret), ClientSecretPost),
                false,
                Some(Refusal::WrongMethod(basic.id, ClientSecretPost)),
            ),
            (
                presented(post, Some(post_secret), ClientSecretBasic),
                false,
                Some(Refusal::WrongMethod(post.id, ClientSecretBasic)),
            ),
            (
                presented(basic, Some(post_secret), ClientSecretBasic),
                true,
                Some(Refusal::WrongSecret(basic.id)),
            ),
            (presented(basic, None, Public), true, Some(Refusal::WrongMethod(basic.id, Public))),
            (
                presented(public, Some(""), ClientSecretBasic),
                true,
                Some(Refusal::WrongSecret(public.id)),
            ),
        ] {
            let verdict = authenticate(&presented, &directory, any_method);

            assert_eq!(verdict.err(), refusal, "given {presented:?}, any method: {any_method}");
        }
    }

    #[test]
    fn who_is_unknown_or_disabled_is_refused() {
        let directory = directory();
        let disabled = client(&directory, |client| client.status == ApiClientStatus::Disabled);
        let secret = Some(disabled.secret.clone());

        let refused = |id: &str| {
            let presented = ClientAuthentication {
                id: id.to_owned(),
                secret: secret.clone(),
                method: ClientSecretBasic,
            };
            authenticate(&presented, &directory, false).err()
        };

        let nobody = "00000000-0000-4000-8000-00000000000f";
        assert_eq!(refused(nobody), Some(Refusal::UnknownClient(nobody.parse().ok())));
        assert_eq!(refused("nobody"), Some(Refusal::UnknownClient(None)));
        assert_eq!(refused(&disabled.id.to_string()), Some(Refusal::ClientDisabled(disabled.id)));
        let upper_case = disabled.id.to_string().to_uppercase();
        assert_eq!(refused(&upper_case), Some(Refusal::UnknownClient(None)));
    }

    #[test]
    fn a_request_authenticates_in_one_way() {
        let basic = BasicCredentials::new("a", Secret::from("b")).unwrap();
        let body = |text: &str| Form::parse(text.as_bytes()).unwrap();
        let both = client_authentication(Some(&basic), &body("client_id=a&client_secret=b"));
        let other = client_authentication(Some(&basic), &body("client_id=c"));
        let neither = client_authentication(None, &body("client_secret=b"));
        let same = client_authentication(Some(&basic), &body("client_id=a"));

        assert_eq!(both, Err(Refusal::TwoMethods));
        assert_eq!(other, Err(Refusal::ClientIdsDiffer));
        assert_eq!(neither, Err(Refusal::NoCredentials));
        assert_eq!(same.map(|it| it.method), Ok(ClientSecretBasic));
    }
}
