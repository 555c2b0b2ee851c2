//! The platform: what it knows, and what it decides and signs with it.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use gatepass_protocol::{
    AccessPolicy, BasicCredentials, ClientId, EpochSeconds, Form, TokenResponse,
};

use crate::{
    access::{Caller, Unauthorized},
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
    tokens::{self, Grant, KeyRing},
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
    keys: KeyRing,
    task_manager: TaskManager,
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
        let Fixtures { directory, keys, task_manager } =
            Fixtures::load(config.fixtures.as_deref())?;
        let entropy = Entropy::new(config.seed);
        let oversight = Oversight::new(&config, &directory);
        Ok(Self(Arc::new(Parts {
            config,
            clocks: Clocks::new(clock),
            entropy,
            directory: RwLock::new(directory),
            keys,
            task_manager,
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

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    pub(crate) fn task_manager(&self) -> &TaskManager {
        &self.0.task_manager
    }

    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.0.observer.as_ref()
    }

    pub(crate) fn oversight(&self) -> &Oversight {
        &self.0.oversight
    }

    /// Decides on a token request, and signs the tokens of the answer.
    pub(crate) fn sign_in(
        &self,
        request: &TokenRequest<'_>,
        endpoint: TokenEndpoint,
        arrival: &Arrival,
    ) -> Result<(ClientId, TokenResponse), Refusal> {
        let (client, scope) = self.approve(request)?;
        client.touch(arrival.now, arrival.connection.peer.ip());
        let lifetime_s = self.config().token.lifetime_s.into();
        let mut response = self.issue(&client, scope, lifetime_s, arrival);
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

    /// Tokens for an API client without its secret, for a test. They live so many seconds, and
    /// have expired already where that is negative.
    pub(crate) fn mint(
        &self,
        client: &ApiClient,
        lifetime_s: i64,
        arrival: &Arrival,
    ) -> TokenResponse {
        let tenant = self.directory().tenant(client.tenant).cloned();
        let scope = tenant.map(|tenant| client.policies(&tenant)).unwrap_or_default();
        self.issue(client, scope, lifetime_s, arrival)
    }

    fn issue(
        &self,
        client: &ApiClient,
        scope: Vec<AccessPolicy>,
        lifetime_s: i64,
        arrival: &Arrival,
    ) -> TokenResponse {
        let grant = Grant {
            client_id: client.id,
            client_name: client.name.clone(),
            owner: client.tenant,
            scope,
            issued_at: arrival.now,
            expires_on: arrival.now.shifted(lifetime_s),
            token_id: self.0.entropy.uuid(),
            issuer: arrival.base_url.issuer(),
            audience: arrival.base_url.host().to_owned(),
        };
        tokens::issue(self.keys(), grant)
    }

    /// Who calls with this token; the API client's last access is noted.
    pub(crate) fn caller(
        &self,
        token: &str,
        from: IpAddr,
        now: EpochSeconds,
    ) -> Result<Caller, Unauthorized> {
        let claims = tokens::verify(self.keys(), token, now)?;
        let (caller, client) = Caller::of(claims, &self.directory())?;
        client.touch(now, from);
        Ok(caller)
    }
}
