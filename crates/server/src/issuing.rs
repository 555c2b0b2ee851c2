//! The token endpoint at work: who asks is found out, what it may have is decided, and that is
//! signed.

use std::sync::Arc;

use gatepass_protocol::{
    BasicCredentials, ClientId, Form, GrantType, Scope, Secret, TokenResponse,
};

use crate::{
    access::{Caller, Unauthorized},
    config::OptionalMember,
    directory::ApiClient,
    grants::{self, Approval, Assertion, Login, Refresh, assertion, refresh},
    http::Arrival,
    platform::Platform,
    sign_in::{self, Authorization, Refusal},
    tokens::{self, AccessToken, Grant, RefreshToken, TokenShape},
};

/// What a token request says.
pub(crate) struct TokenRequest<'a> {
    pub(crate) authorization: &'a Authorization,
    pub(crate) body: &'a Form,
    pub(crate) query: &'a Form,
}

/// Which of the token endpoints was asked: their answers differ (CONTRACT 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenEndpoint {
    /// `/api/2/idp/token` and `/bc/idp/token`.
    Api,
    /// `/idp/token`, which discovery names.
    Discovered,
}

impl TokenRequest<'_> {
    fn grant_type(&self) -> Result<GrantType, Refusal> {
        let grant_type = sign_in::parameter("grant_type", self.body, self.query)?;
        Ok(grant_type.ok_or(Refusal::NoGrantType)?.parse()?)
    }

    fn scope(&self) -> Result<Scope, Refusal> {
        let scope = sign_in::parameter("scope", self.body, self.query)?;
        Ok(scope.unwrap_or_default().parse()?)
    }

    fn introspection_not_required(&self) -> Result<bool, Refusal> {
        const NAME: &str = "not_required_introspection";
        grants::flag(NAME, sign_in::parameter(NAME, self.body, self.query)?)
    }
}

impl Platform {
    /// Decides on a token request, and signs the tokens of the answer in the given shape.
    pub(crate) fn sign_in(
        &self,
        request: &TokenRequest<'_>,
        endpoint: TokenEndpoint,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> Result<(ClientId, TokenResponse), Refusal> {
        let approval = self.approve(request, arrival)?;
        let client = Arc::clone(&approval.client);
        let no_introspection = request.introspection_not_required()?;
        let access = self.access_token(shape, arrival);
        let refresh_token = self.refresh_token(&approval, access, arrival)?;
        let mut response = self.issue(approval, access, no_introspection, shape, arrival);
        response.refresh_token = refresh_token.map(|token| token.reveal().to_owned());
        client.touch(arrival.now, arrival.connection.peer.ip());
        let members = match endpoint {
            TokenEndpoint::Api => &self.config().token_response.members,
            TokenEndpoint::Discovered => &self.config().token_response.discovered_members,
        };
        response.expires_in.take_if(|_| !members.contains(&OptionalMember::ExpiresIn));
        response.expires_on.take_if(|_| !members.contains(&OptionalMember::ExpiresOn));
        Ok((client.id, response))
    }

    fn approve(&self, request: &TokenRequest<'_>, arrival: &Arrival) -> Result<Approval, Refusal> {
        let client = match request.authorization {
            Authorization::None => self.authenticated(None, request.body)?,
            Authorization::Basic(basic) => self.authenticated(Some(basic), request.body)?,
            Authorization::Bearer(bearer) => {
                if request.grant_type() != Ok(GrantType::JwtBearer) {
                    return Err(Refusal::BearerNotTaken);
                }
                return self.narrow(request, None, Some(bearer), arrival);
            }
        };
        match request.grant_type()? {
            GrantType::ClientCredentials => {
                grants::for_itself(client, &request.scope()?, &self.directory())
            }
            GrantType::Password => {
                let login = Login::read(request.body)?;
                login.approve(client, &request.scope()?, &self.directory(), arrival.now)
            }
            GrantType::RefreshToken => {
                let presented = refresh::read(request.body)?;
                let renewal = self.registry_mut().renewal(client.id, &presented, arrival.now)?;
                renewal.approve(client, &request.scope()?, presented, &self.directory())
            }
            GrantType::JwtBearer => self.narrow(request, Some(client.id), None, arrival),
            other @ (GrantType::Md5Password
            | GrantType::AuthorizationCode
            | GrantType::DeviceCode) => Err(Refusal::GrantNotOffered(other)),
        }
    }

    fn narrow(
        &self,
        request: &TokenRequest<'_>,
        authenticated: Option<ClientId>,
        bearer: Option<&Secret>,
        arrival: &Arrival,
    ) -> Result<Approval, Refusal> {
        let token = assertion::read(request.body, bearer)?;
        let claims =
            self.claims(token.reveal(), arrival).map_err(|it| Refusal::Assertion(it.into()))?;
        if bearer.is_some() {
            sign_in::same_client(claims.client_id, request.body)?;
        }
        let directory = self.directory();
        let (_, client) = Caller::of(claims.clone(), &directory).map_err(Refusal::Assertion)?;
        Assertion { claims, client }.approve(authenticated, &request.scope()?, &directory)
    }

    /// Tokens for an API client without its secret, for a test, in any shape.
    pub(crate) fn mint(
        &self,
        client: &Arc<ApiClient>,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> TokenResponse {
        let approval = grants::in_own_tenant(Arc::clone(client), &self.directory());
        self.issue(approval, self.access_token(shape, arrival), false, shape, arrival)
    }

    fn access_token(&self, shape: &TokenShape, arrival: &Arrival) -> AccessToken {
        let lifetime_s = shape.lifetime_s.unwrap_or(self.config().token.lifetime_s.into());
        let expires_on = arrival.now.shifted(lifetime_s);
        AccessToken { id: self.entropy().uuid(), expires_on }
    }

    fn issue(
        &self,
        approval: Approval,
        access: AccessToken,
        introspection_not_required: bool,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> TokenResponse {
        let Approval { client, subject, policies, narrowing, .. } = approval;
        if shape.revoked {
            self.registry_mut().revoke(client.id, access, arrival.now);
        }
        let grant = Grant {
            client_id: client.id,
            owner: client.tenant,
            subject,
            scope: policies,
            narrowing,
            introspection_not_required,
            issued_at: arrival.now,
            expires_on: access.expires_on,
            token_id: access.id,
            issuer: arrival.base_url.issuer(),
            audience: arrival.base_url.host().to_owned(),
        };
        tokens::issue(&self.keys(), grant, shape, arrival.id_shape.as_ref())
    }

    /// The refresh token that comes with an access token, once it is remembered.
    fn refresh_token(
        &self,
        approval: &Approval,
        access: AccessToken,
        arrival: &Arrival,
    ) -> Result<Option<Secret>, Refusal> {
        let (client, now) = (approval.client.id, arrival.now);
        let token = match &approval.refresh {
            Refresh::No => return Ok(None),
            Refresh::First(renewal) => {
                let token = RefreshToken::first(self.entropy().bytes());
                let expires_on = now.shifted(self.config().token.refresh_lifetime_s.into());
                let renewal = renewal.clone();
                self.registry_mut().begin(client, &token, access, renewal, expires_on, now);
                token
            }
            Refresh::After(used) => {
                let token = used.next(self.entropy().bytes());
                self.registry_mut().renew(client, used, &token, access, now)?;
                token
            }
        };
        Ok(Some(token.reveal()))
    }

    /// The API client that a request proves to come from, with HTTP Basic or in its body.
    pub(crate) fn authenticated(
        &self,
        basic: Option<&BasicCredentials>,
        body: &Form,
    ) -> Result<Arc<ApiClient>, Refusal> {
        let presented = sign_in::client_authentication(basic, body)?;
        let any_method = self.config().accept_any_auth_method;
        sign_in::authenticate(&presented, &self.directory(), any_method)
    }

    /// Who calls with this token; the API client's last access is noted.
    pub(crate) fn caller(&self, token: &str, arrival: &Arrival) -> Result<Caller, Unauthorized> {
        let claims = self.claims(token, arrival)?;
        let (caller, client) = Caller::of(claims, &self.directory())?;
        client.touch(arrival.now, arrival.connection.peer.ip());
        Ok(caller)
    }
}
