//! The rules of the token endpoint: who may have a token, and for what (CONTRACT 2 and 4).
//!
//! No HTTP, no clock, no lock: facts in, a verdict out.

use std::sync::Arc;

use gatepass_protocol::{
    AccessPolicy, ApiClientStatus, AuthorizationError, BasicCredentials, ClientId, Form, GrantType,
    RepeatedParameter, Scope, ScopeError, Secret, TenantId, TokenEndpointAuthMethod,
    UnknownGrantType,
};

use crate::directory::{ApiClient, Directory};

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
    #[error("tenant {0} is not within the tenant of the API client")]
    TenantNotAllowed(TenantId),
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

/// What an authenticated client may have for the grant and the scope that it asks for.
pub(crate) fn approve(
    client: &ApiClient,
    grant_type: Option<&str>,
    scope: Option<&str>,
    directory: &Directory,
) -> Result<Vec<AccessPolicy>, Refusal> {
    match grant_type.ok_or(Refusal::NoGrantType)?.parse()? {
        GrantType::ClientCredentials => {}
        other @ (GrantType::Password
        | GrantType::Md5Password
        | GrantType::AuthorizationCode
        | GrantType::RefreshToken
        | GrantType::DeviceCode
        | GrantType::JwtBearer) => return Err(Refusal::GrantNotOffered(other)),
    }
    if client.auth_method == TokenEndpointAuthMethod::None {
        return Err(Refusal::PublicClient(client.id));
    }
    let scope: Scope = scope.unwrap_or_default().parse()?;
    // Words that the platform gives no meaning to are ignored (RFC 6749 section 3.3).
    let asked: Vec<_> = scope.tenants().collect();
    let narrowed_to = if asked.is_empty() { vec![client.tenant] } else { asked };
    let policies = narrowed_to
        .into_iter()
        .map(|tenant| policies_within(client, tenant, directory))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(policies.concat())
}

fn policies_within(
    client: &ApiClient,
    tenant: TenantId,
    directory: &Directory,
) -> Result<Vec<AccessPolicy>, Refusal> {
    let not_allowed = Refusal::TenantNotAllowed(tenant);
    if !directory.is_within(client.tenant, tenant) {
        return Err(not_allowed);
    }
    Ok(client.policies(directory.tenant(tenant).ok_or(not_allowed)?))
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

    const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
    const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
    const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";

    fn directory() -> Directory {
        let public = "\n[[client]]\nid = '00000000-0000-4000-8000-000000000001'\nsecret = ''\n\
            name = 'Public'\ntenant = '7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002'\n\
            created_by = '52755373-0d21-476c-8320-7c56499e7df0'\ncreated_at = '2026-01-01T00:00:00Z'\n\
            token_endpoint_auth_method = 'none'\n";
        let text = include_str!("../../../fixtures/platform.toml").to_owned() + public;
        Directory::from_toml("platform.toml", &text).unwrap()
    }

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

    #[test]
    fn only_a_confidential_client_gets_a_token_for_itself() {
        let directory = directory();
        let public = client(&directory, |client| client.auth_method == Public);
        let approve =
            |client, grant_type| approve(client, grant_type, None, &directory).map(|_| ());

        let default = directory.default_client();
        assert_eq!(approve(default, Some("client_credentials")), Ok(()));
        assert_eq!(approve(default, None), Err(Refusal::NoGrantType));
        assert_eq!(
            approve(default, Some("implicit")),
            Err(Refusal::UnknownGrantType(UnknownGrantType))
        );
        assert_eq!(
            approve(default, Some("password")),
            Err(Refusal::GrantNotOffered(GrantType::Password))
        );
        assert_eq!(
            approve(public, Some("client_credentials")),
            Err(Refusal::PublicClient(public.id))
        );
    }

    #[test]
    fn a_scope_narrows_the_token_to_a_tenant_within_the_clients_own() {
        let directory = directory();
        let client = directory.default_client();
        let tenants = |scope| {
            let approval = approve(client, Some("client_credentials"), scope, &directory)?;
            Ok(approval.iter().map(|policy| policy.tuid.to_string()).collect::<Vec<_>>())
        };
        let customer = format!("urn:acronis.com:tenant-id:{CUSTOMER}");
        let foreign = format!("urn:acronis.com:tenant-id:{FOREIGN}");

        assert_eq!(tenants(None), Ok(vec![PARTNER.to_owned(); 2]));
        assert_eq!(tenants(Some("openid anything")), Ok(vec![PARTNER.to_owned(); 2]));
        assert_eq!(tenants(Some(&customer)), Ok(vec![CUSTOMER.to_owned(); 2]));
        assert_eq!(
            tenants(Some(&foreign)),
            Err(Refusal::TenantNotAllowed(FOREIGN.parse().unwrap()))
        );
        assert_eq!(tenants(Some("a\\b")), Err(Refusal::Scope(ScopeError::Character)));
    }
}
