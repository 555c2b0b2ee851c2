//! Token sources and clients for programs without async code.
//!
//! They bring a runtime of their own, on a thread of its own; nothing of it is to be seen, and they
//! work on any thread. A call keeps its thread until the outcome is there.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let serving = tokio::runtime::Runtime::new()?;
//! # let platform = serving.block_on(gatepass_server::Platform::start())?;
//! # let (url, client) = (platform.url(), platform.default_client());
//! # let (id, secret) = (client.client_id.to_string(), client.client_secret);
//! use gatepass_client::{Credentials, TokenSource, blocking};
//!
//! let tokens = TokenSource::builder(url.parse()?, Credentials::new(&id, secret)?);
//! let tokens = blocking::TokenSource::start(tokens)?;
//! println!("good until {}", tokens.access_token()?.expires_on());
//!
//! let platform = blocking::AuthorizedClient::new(tokens);
//! let client: serde_json::Value = platform.get(&format!("/api/2/clients/{id}")).fetch_json()?;
//! assert_eq!(client["client_id"], id);
//! # Ok(())
//! # }
//! ```

use std::{
    fmt, panic,
    sync::{Arc, mpsc},
    time::Duration,
};

use gatepass_protocol::{Introspection, TenantId};
use http::{HeaderName, HeaderValue, Method};
use serde::{Serialize, de::DeserializeOwned};
use tokio::runtime::{Builder, Runtime};

use crate::{AccessToken, BuildError, Claims, Error, Token, TokenSourceBuilder, call::WithBody};

/// [`TokenSource`](crate::TokenSource) for programs without async code.
///
/// It is cheap to clone, and all clones share the token and the thread, which ends with the last.
#[derive(Clone)]
pub struct TokenSource {
    tokens: crate::TokenSource,
    background: Arc<Background>,
}

/// [`AuthorizedClient`](crate::AuthorizedClient) for programs without async code.
#[derive(Debug, Clone)]
pub struct AuthorizedClient {
    client: crate::AuthorizedClient,
    tokens: TokenSource,
}

/// A call to be sent.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct AuthorizedRequest {
    request: crate::AuthorizedRequest,
    background: Arc<Background>,
}

/// Where the requests run.
struct Background(Option<Runtime>);

impl TokenSource {
    /// Builds the source and starts its thread.
    ///
    /// # Errors
    /// [`BuildError`] when the source can't be built or the thread can't be started.
    pub fn start(builder: TokenSourceBuilder) -> Result<Self, BuildError> {
        let tokens = builder.build()?;
        Ok(Self { tokens, background: Arc::new(Background::start()?) })
    }

    /// As [`TokenSource::access_token`](crate::TokenSource::access_token).
    ///
    /// # Errors
    /// [`Error`] says what the platform answered, or that it did not.
    pub fn access_token(&self) -> Result<AccessToken, Error> {
        let tokens = self.tokens.clone();
        self.background.wait(async move { tokens.access_token().await })
    }

    /// As [`TokenSource::token`](crate::TokenSource::token).
    ///
    /// # Errors
    /// As [`TokenSource::access_token`].
    pub fn token(&self) -> Result<Token, Error> {
        let tokens = self.tokens.clone();
        self.background.wait(async move { tokens.token().await })
    }

    /// As [`TokenSource::scoped`](crate::TokenSource::scoped), on the same thread.
    #[must_use]
    pub fn scoped(&self, tenant: TenantId) -> Self {
        Self { tokens: self.tokens.scoped(tenant), background: Arc::clone(&self.background) }
    }

    /// As [`TokenSource::invalidate`](crate::TokenSource::invalidate).
    pub fn invalidate(&self, refused: &AccessToken) {
        self.tokens.invalidate(refused);
    }

    /// As [`TokenSource::revoke`](crate::TokenSource::revoke).
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Revocation`](crate::Stage::Revocation).
    pub fn revoke(&self) -> Result<(), Error> {
        let tokens = self.tokens.clone();
        self.background.wait(async move { tokens.revoke().await })
    }

    /// As [`TokenSource::introspect`](crate::TokenSource::introspect).
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Introspection`](crate::Stage::Introspection).
    pub fn introspect(&self, token: &str) -> Result<Introspection, Error> {
        let (tokens, token) = (self.tokens.clone(), token.to_owned());
        self.background.wait(async move { tokens.introspect(&token).await })
    }

    /// As [`TokenVerifier::verify_access_token`](crate::TokenVerifier::verify_access_token) of the
    /// source's [`verifier`](crate::TokenSource::verifier).
    ///
    /// # Errors
    /// [`Error::Unverified`], or that the keys can't be read.
    pub fn verify_access_token(&self, token: &str) -> Result<Claims, Error> {
        let (verifier, token) = (self.tokens.verifier(), token.to_owned());
        self.background.wait(async move { verifier.verify_access_token(&token).await })
    }

    /// As [`TokenVerifier::verify_id_token`](crate::TokenVerifier::verify_id_token) of the source's
    /// [`verifier`](crate::TokenSource::verifier).
    ///
    /// # Errors
    /// As [`TokenSource::verify_access_token`].
    pub fn verify_id_token(&self, token: &str, client_id: &str) -> Result<Claims, Error> {
        let (token, client_id) = (token.to_owned(), client_id.to_owned());
        let verifier = self.tokens.verifier();
        self.background.wait(async move { verifier.verify_id_token(&token, &client_id).await })
    }

    /// The source that is asked: for all that needs no waiting.
    pub fn source(&self) -> &crate::TokenSource {
        &self.tokens
    }
}

impl AuthorizedClient {
    /// A client with the tokens, the data center and the HTTP client of a token source.
    pub fn new(tokens: TokenSource) -> Self {
        Self { client: crate::AuthorizedClient::new(tokens.tokens.clone()), tokens }
    }

    /// Where its tokens come from.
    pub fn token_source(&self) -> &TokenSource {
        &self.tokens
    }

    /// A GET of a path such as `/api/2/users/me`, which may have a query.
    pub fn get(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::GET, path)
    }

    /// A POST to a path.
    pub fn post(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::POST, path)
    }

    /// A PUT to a path.
    pub fn put(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::PUT, path)
    }

    /// A DELETE of a path.
    pub fn delete(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::DELETE, path)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> AuthorizedRequest {
        let request = self.client.request(method, path);
        AuthorizedRequest { request, background: Arc::clone(&self.tokens.background) }
    }
}

impl AuthorizedRequest {
    /// As [`AuthorizedRequest::query`](crate::AuthorizedRequest::query).
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.query(name, value);
        self
    }

    /// As [`AuthorizedRequest::header`](crate::AuthorizedRequest::header).
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// As [`AuthorizedRequest::json`](crate::AuthorizedRequest::json).
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// A body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.body(body.into());
        self
    }

    /// As [`AuthorizedRequest::timeout`](crate::AuthorizedRequest::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.timeout(timeout);
        self
    }

    /// As [`AuthorizedRequest::idempotent`](crate::AuthorizedRequest::idempotent).
    pub fn idempotent(mut self) -> Self {
        self.request = self.request.idempotent();
        self
    }

    /// Sends it, and gives the last answer with its whole body of 64 MB at the most, whatever its
    /// status. An answer that breaks off is tried again like a broken connection.
    ///
    /// # Errors
    /// [`Error`] when there is no token or no answer; [`Error::CutShort`] and [`Error::Unusable`]
    /// when its body broke off or is larger. An answer with an error status is no error.
    pub fn send(self) -> Result<http::Response<Vec<u8>>, Error> {
        let Self { request, background } = self;
        background.wait(request.outcome::<WithBody>())
    }

    /// As [`AuthorizedRequest::fetch_json`](crate::AuthorizedRequest::fetch_json).
    ///
    /// # Errors
    /// As that.
    pub fn fetch_json<T: DeserializeOwned + Send + 'static>(self) -> Result<T, Error> {
        let Self { request, background } = self;
        background.wait(async move { request.fetch_json().await })
    }
}

impl Background {
    fn start() -> Result<Self, BuildError> {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gatepass-client")
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(BuildError::Thread)
    }

    /// Runs the work there and waits here. It may be called on any thread, one of another runtime
    /// among them: nothing is entered. A panic of the work goes on here.
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (done, outcome) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.0 {
            let work = runtime.spawn(work);
            runtime.spawn(async move {
                // An error means that nobody waits any more.
                let _ = done.send(work.await);
            });
        }
        match outcome.recv().expect("the runtime lives as long as this") {
            Ok(outcome) => outcome,
            Err(error) => panic::resume_unwind(error.into_panic()),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // To wait for it is not allowed everywhere.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens.fmt(f)
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Background")
    }
}
