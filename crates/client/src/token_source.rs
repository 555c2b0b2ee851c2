//! The token flow: ask, keep, ask again shortly before expiry.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use gatepass_protocol::{Introspection, TenantId};

use crate::{
    AccessToken, BuildError, Credentials, DataCenter, Discovery, Error, Token, TokenSourceBuilder,
    TokenVerifier,
    cache::{Issuer, Terms, TokenCache, lock},
    endpoint::Endpoint,
    exchange::Exchanger,
    issuers::{Narrowing, SignIn},
};

/// Gives access tokens of one API client, and asks the platform for one only when there is need.
///
/// - A token is kept. Some minutes before it expires ([`TokenSourceBuilder::refresh_before`]) the
///   next caller still gets it, at once, and a new one is asked for in the background. While that
///   fails the old one serves until a few seconds before its expiry.
/// - However many callers wait, one request is in flight. It goes on when a caller no longer waits,
///   and all who wait get its outcome.
/// - A transport error, 50x and 429 are tried again twice, 1 to 2 s apart or after what
///   `Retry-After` asks for, up to 30 s; other refusals never (CONTRACT 4.2).
/// - After three 401 in a row nothing is asked for a minute, then for two, up to 15: callers get
///   [`Error::Halted`]. So they do for as long as a `Retry-After` asks that was not waited for, up
///   to 15 minutes, narrowed tokens included.
///
/// It is cheap to clone, and all clones share the token. It needs a Tokio runtime; the `blocking`
/// module, behind a feature, brings its own.
#[derive(Clone)]
pub struct TokenSource(Arc<Inner>);

struct Inner {
    endpoint: Arc<Endpoint>,
    cache: Arc<TokenCache>,
    terms: Terms,
    /// Tokens that nobody is given any more, and whose revocation has not succeeded yet.
    unrevoked: Mutex<Vec<Token>>,
    /// By tenant. None of them holds this source, which holds them.
    scoped: Mutex<HashMap<TenantId, TokenSource>>,
}

impl TokenSource {
    /// A token source with the defaults of [`TokenSource::builder`].
    ///
    /// # Errors
    /// [`BuildError`] when the HTTP client can't be made.
    pub fn new(data_center: DataCenter, credentials: Credentials) -> Result<Self, BuildError> {
        Self::builder(data_center, credentials).build()
    }

    /// A token source to be configured.
    pub fn builder(data_center: DataCenter, credentials: Credentials) -> TokenSourceBuilder {
        TokenSourceBuilder::new(data_center, credentials)
    }

    pub(crate) fn signing_in(sign_in: SignIn, refresh_before: Duration) -> Self {
        let Exchanger { clock, timer, jitter, deadline, .. } = sign_in.endpoint.exchanger.clone();
        let quiet = Arc::default();
        let terms = Terms { clock, timer, jitter, refresh_before, deadline, quiet };
        Self::over(Arc::clone(&sign_in.endpoint), Box::new(sign_in), terms)
    }

    fn over(endpoint: Arc<Endpoint>, issuer: Box<dyn Issuer>, terms: Terms) -> Self {
        let cache = TokenCache::new(issuer, terms.clone());
        let (unrevoked, scoped) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { endpoint, cache, terms, unrevoked, scoped }))
    }

    /// The access token: kept, or new. A kept one is read without a lock.
    ///
    /// # Errors
    /// [`Error`] says what the platform answered, or that it did not.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.0.cache.access_token().await
    }

    /// The same, if it is kept.
    pub(crate) fn kept_access_token(&self) -> Option<AccessToken> {
        self.0.cache.kept_access_token()
    }

    /// The whole answer of the token endpoint: kept, or new.
    ///
    /// # Errors
    /// As [`TokenSource::access_token`].
    pub async fn token(&self) -> Result<Token, Error> {
        self.0.cache.token().await
    }

    /// A source of tokens that are narrowed to a tenant below the API client's own and to what is
    /// below that (CONTRACT 2.5). It is the same for the same tenant as long as it is in use or
    /// keeps a token that is good; the tokens of this source are what its own are made of.
    #[must_use]
    pub fn scoped(&self, tenant: TenantId) -> Self {
        let mut scoped = lock(&self.0.scoped);
        if let Some(source) = scoped.get(&tenant) {
            return source.clone();
        }
        scoped.retain(|_, source| {
            let Inner { cache, unrevoked, .. } = &*source.0;
            let has_tokens = cache.kept().is_some() || !lock(unrevoked).is_empty();
            Arc::strong_count(&source.0) > 1 || has_tokens || cache.is_held_back()
        });
        let issuer = Narrowing {
            endpoint: Arc::clone(&self.0.endpoint),
            wider: Arc::clone(&self.0.cache),
            tenant,
        };
        let endpoint = Arc::clone(&self.0.endpoint);
        let source = Self::over(endpoint, Box::new(issuer), self.0.terms.clone());
        scoped.insert(tenant, source.clone());
        source
    }

    /// Stops giving out a token that an API refused. It does nothing when a newer one is kept
    /// already, so all callers whom the old one failed may call it.
    pub fn invalidate(&self, refused: &AccessToken) {
        self.0.cache.invalidate(refused);
    }

    /// Whether a new token may help where an API refused this one; then this one is given out no
    /// more.
    pub(crate) fn renew_refused(&self, refused: &AccessToken) -> bool {
        self.0.cache.renew_refused(refused)
    }

    /// An API refused a new token like the one before it.
    pub(crate) fn note_renewed_in_vain(&self) {
        self.0.cache.note_renewed_in_vain();
    }

    /// Revokes the kept token, its refresh token with it (CONTRACT 6.1), or the one that is being
    /// asked for; when it is done, they are given to nobody. It does nothing where there is none. A
    /// call of [`access_token`] that comes later signs in anew. Narrowed tokens are revoked through
    /// their own sources.
    ///
    /// [`access_token`]: TokenSource::access_token
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Revocation`](crate::Stage::Revocation): the token may still be good.
    /// Calling again tries again.
    pub async fn revoke(&self) -> Result<(), Error> {
        let Inner { endpoint, cache, unrevoked, .. } = &*self.0;
        let put_aside = |token: Token| lock(unrevoked).push(token);
        cache.take().into_iter().for_each(put_aside);
        cache.take_everywhere().await.into_iter().for_each(put_aside);
        let (all, now) = (lock(unrevoked).clone(), self.0.terms.clock.now());
        let mut outcome = Ok(());
        for token in all {
            let revoked = endpoint.revoke(&token, now).await;
            // Some day it is over without that, and is not to be tried for ever.
            if revoked.is_ok() || token.refresh_token().is_none() && token.expires_on() <= now {
                let same = |other: &Token| other.access_token() == token.access_token();
                lock(unrevoked).retain(|other| !same(other));
            } else {
                outcome = outcome.and(revoked);
            }
        }
        outcome
    }

    /// What the platform says of a token that somebody presented (CONTRACT 6.2). The API client
    /// needs the role `token_introspector`. Refusals of the own token are met as those of an
    /// [`AuthorizedClient`](crate::AuthorizedClient).
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Introspection`](crate::Stage::Introspection); 403 for want of the
    /// role. A token that is not good is no error.
    pub async fn introspect(&self, token: &str) -> Result<Introspection, Error> {
        let Inner { endpoint, cache, .. } = &*self.0;
        let ask = |bearer| async move { endpoint.introspect(token, &bearer).await };
        cache.with_access_token(cache.access_token().await?, ask).await
    }

    /// The data center.
    pub fn data_center(&self) -> &DataCenter {
        &self.0.endpoint.data_center
    }

    /// The `client_id`.
    pub fn client_id(&self) -> &str {
        self.0.endpoint.credentials.client_id()
    }

    /// Discovery and keys of the data center, over the same HTTP client, clock and timer. All that
    /// come from one source share what they keep.
    pub fn discovery(&self) -> Discovery {
        self.0.endpoint.discovery.clone()
    }

    /// Verifies tokens of the data center.
    pub fn verifier(&self) -> TokenVerifier {
        TokenVerifier::new(self.discovery())
    }

    pub(crate) fn exchanger(&self) -> &Exchanger {
        &self.0.endpoint.exchanger
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("data_center", self.data_center())
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}
