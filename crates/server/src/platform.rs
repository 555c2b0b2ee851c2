//! The platform: what it knows, and what it decides and signs with it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use gatepass_protocol::{
    AccessPolicy, BasicCredentials, ClientId, EpochSeconds, Form, TokenResponse,
};

use crate::{
    access::{Caller, Unauthorized},
    cases::Playing,
    clock::Clock,
    clocks::Clocks,
    config::{Config, OptionalMember},
    directory::{ApiClient, Directory},
    entropy::Entropy,
    exchange::Observer,
    fixtures::{FixtureError, Fixtures},
    http::Arrival,
    oversight::Oversight,
    sign_in::{self, Refusal},
    task_manager::TaskManager,
    tokens::{self, Grant, KeyError, KeyRing, Keys, Registry, Rejection, Subject, TokenShape},
};

/// A data center that is not there: [`Platform::start`] serves one on a free port of loopback,
/// [`Platform::builder`] one of your making.
///
/// It is the state that all requests share; clones are one platform.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

struct Parts {
    config: Config,
    clocks: Clocks,
    entropy: Entropy,
    directory: RwLock<Directory>,
    keys: Keys,
    registry: RwLock<Registry>,
    task_manager: TaskManager,
    cases: Playing,
    observer: Option<Observer>,
    oversight: Oversight,
}

/// What a token request says.
pub(crate) struct TokenRequest<'a> {
    pub(crate) basic: Option<&'a BasicCredentials>,
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

impl Platform {
    pub(crate) fn new(
        config: Config,
        clock: Clock,
        observer: Option<Observer>,
    ) -> Result<Self, FixtureError> {
        let Fixtures { directory, keys, task_manager, catalogue } = Fixtures::load(&config)?;
        let entropy = Entropy::new(config.seed);
        let cases = Playing::new(catalogue, config.seed.unwrap_or_default());
        cases.play_for_all(&config.cases.play)?;
        let oversight = Oversight::new(&config, &directory);
        Ok(Self(Arc::new(Parts {
            config,
            clocks: Clocks::new(clock),
            entropy,
            directory: RwLock::new(directory),
            keys,
            registry: RwLock::default(),
            task_manager,
            cases,
            observer,
            oversight,
        })))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn clocks(&self) -> &Clocks {
        &self.0.clocks
    }

    pub(crate) fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Who exists. Hold it for a decision, not for a signature.
    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.0.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.0.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The signing keys of this moment.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        self.0.keys.current()
    }

    /// Has the next keys sign from now on. The old ones stay in the JWKS and verify for so many
    /// seconds more; with none of them, tokens that they signed are refused at once.
    ///
    /// # Errors
    /// [`KeyError`] when a folder of fixtures holds next keys that can't be used.
    pub(crate) fn rotate_keys(&self, now: EpochSeconds, grace_s: u32) -> Result<(), KeyError> {
        self.0.keys.rotate(now, grace_s)
    }

    /// What is remembered of issued tokens. Hold it for a look-up, not for a decision.
    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.0.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn registry_mut(&self) -> RwLockWriteGuard<'_, Registry> {
        self.0.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn task_manager(&self) -> &TaskManager {
        &self.0.task_manager
    }

    pub(crate) fn cases(&self) -> &Playing {
        &self.0.cases
    }

    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.0.observer.as_ref()
    }

    /// Decides on a token request, and signs the tokens of the answer in the given shape.
    pub(crate) fn oversight(&self) -> &Oversight {
        &self.0.oversight
    }

    /// Decides on a token request, and signs the tokens of the answer.
    pub(crate) fn sign_in(
        &self,
        request: &TokenRequest<'_>,
        endpoint: TokenEndpoint,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> Result<(ClientId, TokenResponse), Refusal> {
        let (client, scope) = self.approve(request)?;
        client.touch(arrival.now, arrival.connection.peer.ip());
        let mut response = self.issue(&client, scope, shape, arrival);
        let members = match endpoint {
            TokenEndpoint::Api => &self.config().token_response.members,
            TokenEndpoint::Discovered => &self.config().token_response.discovered_members,
        };
        response.expires_in.take_if(|_| !members.contains(&OptionalMember::ExpiresIn));
        response.expires_on.take_if(|_| !members.contains(&OptionalMember::ExpiresOn));
        Ok((client.id, response))
    }

    fn approve(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<(Arc<ApiClient>, Vec<AccessPolicy>), Refusal> {
        let presented = sign_in::client_authentication(request.basic, request.body)?;
        let any_method = self.config().accept_any_auth_method;
        let directory = self.directory();
        let client = sign_in::authenticate(&presented, &directory, any_method)?;
        let grant_type = sign_in::parameter("grant_type", request.body, request.query)?;
        let scope = sign_in::parameter("scope", request.body, request.query)?;
        let scope = sign_in::approve(&client, grant_type, scope, &directory)?;
        Ok((client, scope))
    }

    /// Tokens for an API client without its secret, for a test, in any shape.
    pub(crate) fn mint(
        &self,
        client: &ApiClient,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> TokenResponse {
        let tenant = self.directory().tenant(client.tenant).cloned();
        let scope = tenant.map(|tenant| client.policies(&tenant)).unwrap_or_default();
        self.issue(client, scope, shape, arrival)
    }

    fn issue(
        &self,
        client: &ApiClient,
        scope: Vec<AccessPolicy>,
        shape: &TokenShape,
        arrival: &Arrival,
    ) -> TokenResponse {
        let grant = Grant {
            client_id: client.id,
            owner: client.tenant,
            subject: Subject::Client { name: client.name().to_owned() },
            scope,
            narrowing: Vec::new(),
            introspection_not_required: false,
            issued_at: arrival.now,
            expires_on: arrival.now.shifted(self.config().token.lifetime_s.into()),
            token_id: self.0.entropy.uuid(),
            issuer: arrival.base_url.issuer(),
            audience: arrival.base_url.host().to_owned(),
        };
        let token_id = grant.token_id;
        let response = tokens::issue(&self.keys(), grant, shape);
        if shape.revoked {
            let expires_on = response.expires_on.unwrap_or(arrival.now);
            self.registry_mut().revoke(client.id, token_id, expires_on, arrival.now);
        }
        response
    }

    /// Who calls with this token; the API client's last access is noted.
    pub(crate) fn caller(&self, token: &str, arrival: &Arrival) -> Result<Caller, Unauthorized> {
        let claims = tokens::verify(&self.keys(), token, arrival.base_url.host(), arrival.now)?;
        if self.registry().is_revoked(claims.client_id, claims.jti) {
            return Err(Rejection::Revoked.into());
        }
        let (caller, client) = Caller::of(claims, &self.directory())?;
        client.touch(arrival.now, arrival.connection.peer.ip());
        Ok(caller)
    }
}
