//! The token flow: ask, keep, ask again shortly before expiry.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use gatepass_protocol::{Form, GrantType};
use http::{Method, header};
use tokio::sync::watch;
use url::Url;

use crate::{
    AccessToken, BuildError, Credentials, DataCenter, Discovery, Error, Stage, Token,
    TokenSourceBuilder, exchange::Exchanger, question::Question,
};

/// Gives access tokens of one API client, and asks the platform for one only when there is need.
///
/// - A token is kept until shortly before it expires ([`TokenSourceBuilder::refresh_before`]).
/// - However many callers wait, one request is in flight. It goes on when a caller no longer waits,
///   and all who wait get its outcome.
/// - A transport error, 50x and 429 are tried again twice, 1 to 2 s apart or after what
///   `Retry-After` asks for, up to 30 s; other refusals never (CONTRACT 4.2).
///
/// It is cheap to clone, and all clones share the token. It needs a Tokio runtime.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) exchanger: Exchanger,
    pub(crate) data_center: DataCenter,
    pub(crate) credentials: Credentials,
    pub(crate) scope: Option<String>,
    pub(crate) refresh_before: Duration,
    pub(crate) kept: ArcSwapOption<Token>,
    pub(crate) flight: Mutex<Option<Flight>>,
}

/// Where the outcome of the request in flight will be.
pub(crate) type Flight = watch::Receiver<Option<Result<Token, Error>>>;

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

    pub(crate) fn from_shared(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The token: kept, or new.
    ///
    /// # Errors
    /// [`Error`] says what the platform answered, or that it did not.
    pub async fn token(&self) -> Result<Token, Error> {
        // The second round is for a request whose runtime was shut down under it.
        for _ in 0..2 {
            if let Some(token) = self.0.fresh() {
                return Ok(token);
            }
            let mut flight = self.join_flight();
            if let Ok(outcome) = flight.wait_for(Option::is_some).await
                && let Some(outcome) = outcome.clone()
            {
                return outcome;
            }
        }
        Err(Error::Interrupted)
    }

    /// The access token of [`TokenSource::token`].
    ///
    /// # Errors
    /// As [`TokenSource::token`].
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.token().await.map(|token| token.access_token().clone())
    }

    /// Stops giving out a token that an API refused. It does nothing when a newer one is kept
    /// already, so all callers whom the old one failed may call it.
    pub fn invalidate(&self, refused: &AccessToken) {
        let kept = self.0.kept.load();
        if kept.as_ref().is_some_and(|token| token.access_token() == refused) {
            self.0.kept.compare_and_swap(&*kept, None);
        }
    }

    /// The data center.
    pub fn data_center(&self) -> &DataCenter {
        &self.0.data_center
    }

    /// The `client_id`.
    pub fn client_id(&self) -> &str {
        self.0.credentials.client_id()
    }

    /// Discovery and keys of the data center, over the same HTTP client, clock and timer.
    pub fn discovery(&self) -> Discovery {
        Discovery::over(self.0.data_center.clone(), self.0.exchanger.clone())
    }

    /// A request to be executed, with the timeout.
    pub(crate) fn request(&self, method: Method, url: &Url) -> reqwest::RequestBuilder {
        let Exchanger { http, timeout, .. } = &self.0.exchanger;
        http.request(method, url.clone()).timeout(*timeout)
    }

    pub(crate) async fn execute(
        &self,
        request: reqwest::Request,
    ) -> reqwest::Result<reqwest::Response> {
        self.0.exchanger.http.execute(request).await
    }

    /// The request in flight, or a new one.
    fn join_flight(&self) -> Flight {
        let mut slot = self.0.flight.lock().unwrap_or_else(PoisonError::into_inner);
        // Neither landed, nor lost with the runtime that it ran on.
        let in_the_air = |flight: &&Flight| flight.has_changed().is_ok_and(|landed| !landed);
        if let Some(flight) = slot.as_ref().filter(in_the_air) {
            return flight.clone();
        }
        let (landing, flight) = watch::channel(None);
        *slot = Some(flight.clone());
        drop(slot);
        let shared = Arc::clone(&self.0);
        // A task of its own, so that no caller's cancellation ends it.
        tokio::spawn(async move {
            let outcome = match shared.fresh() {
                Some(token) => Ok(token), // The last flight landed while this one was prepared.
                None => shared.fetch().await,
            };
            landing.send_replace(Some(outcome));
        });
        flight
    }
}

impl Shared {
    /// The kept token, unless a new one is due.
    fn fresh(&self) -> Option<Token> {
        let kept = self.kept.load();
        let token = kept.as_ref()?;
        let due = token.refresh_at(self.refresh_before);
        (self.exchanger.clock.now() < due).then(|| Token::clone(token))
    }

    /// Asks for a token and keeps it.
    async fn fetch(&self) -> Result<Token, Error> {
        let url = self.data_center.url(TOKEN_PATH);
        let unspeakable = self.credentials.unspeakable();
        let question = Question { stage: Stage::Token, url: &url, unspeakable: &unspeakable };
        let request = |http: &reqwest::Client| self.request(http, &url);
        let token = self.exchanger.ask(&question, request, Token::read).await?;
        self.kept.store(Some(Arc::new(token.clone())));
        Ok(token)
    }

    /// CONTRACT 2.1 and 2.2.
    fn request(&self, http: &reqwest::Client, url: &Url) -> reqwest::RequestBuilder {
        let grant = [("grant_type", GrantType::ClientCredentials.as_str())];
        let scope = self.scope.as_deref().map(|scope| ("scope", scope));
        let form: Form = grant.into_iter().chain(scope).collect();
        http.post(url.clone())
            .header(header::AUTHORIZATION, self.credentials.header())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form.render())
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("data_center", &self.0.data_center)
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}

/// CONTRACT 1.2.
const TOKEN_PATH: &str = "/api/2/idp/token";
