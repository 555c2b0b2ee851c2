//! How a token source is configured.

use std::{fmt, sync::Arc, time::Duration};

use gatepass_protocol::{Scope, ScopeError};
use reqwest::redirect;

use crate::{
    Clock, Credentials, DataCenter, Discovery, Jitter, RandomJitter, SystemClock, Timer,
    TokenSource, TokioTimer, endpoint::Endpoint, exchange::Exchanger, issuers::SignIn,
};
#[cfg(feature = "disk-cache")]
use crate::{DiskCache, disk_cache::LastRun};

const USER_AGENT: &str = concat!("gatepass-client/", env!("CARGO_PKG_VERSION"));
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(90);
const REFRESH_BEFORE: Duration = Duration::from_mins(5);

/// Configures a [`TokenSource`]; each default is at its method.
#[must_use = "a builder does nothing until `build`"]
pub struct TokenSourceBuilder {
    data_center: DataCenter,
    credentials: Credentials,
    http: Option<reqwest::Client>,
    timeout: Duration,
    deadline: Duration,
    refresh_before: Duration,
    scope: Option<String>,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
    jitter: Arc<dyn Jitter>,
    #[cfg(feature = "disk-cache")]
    disk_cache: Option<DiskCache>,
}

/// Why something could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The HTTP client can't be made, for want of certificates, most often.
    #[error("could not make an HTTP client")]
    HttpClient(#[source] reqwest::Error),
    /// The thread of a blocking source can't be started.
    #[cfg(feature = "blocking")]
    #[error("could not start a thread for requests")]
    Thread(#[source] std::io::Error),
    /// The scope is no scope.
    #[error("the scope can't be asked for")]
    Scope(#[source] ScopeError),
}

impl TokenSourceBuilder {
    pub(crate) fn new(data_center: DataCenter, credentials: Credentials) -> Self {
        Self {
            data_center,
            credentials,
            http: None,
            timeout: TIMEOUT,
            deadline: DEADLINE,
            refresh_before: REFRESH_BEFORE,
            scope: None,
            clock: Arc::new(SystemClock),
            timer: Arc::new(TokioTimer),
            jitter: Arc::new(RandomJitter),
            #[cfg(feature = "disk-cache")]
            disk_cache: None,
        }
    }

    /// The HTTP client, with its proxy and certificates. The default one follows no redirects,
    /// takes the proxy of the system, unless the data center is on this machine, and gives up on a
    /// connection after 10 s.
    ///
    /// It should have [`redirect::Policy::none()`]. A client that follows redirects drops the
    /// `Authorization` header on the way to another host, but it sends the body wherever a 307 or
    /// 308 leads, with the tokens and refresh tokens that are in it.
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// How long one attempt may take, until the last byte of the answer: to get a token or keys, or
    /// to call an API. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long all attempts and the pauses between them may take: to get a token or keys, or to
    /// call an API, the token for it included. To revoke a token, or to ask about one, may take as
    /// long again after the token that it needs. Default: 90 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long before its expiry a token is renewed, at most a quarter of its life; up to a quarter
    /// of that earlier, as [`Jitter`] has it. Default: 5 minutes.
    pub fn refresh_before(mut self, refresh_before: Duration) -> Self {
        self.refresh_before = refresh_before;
        self
    }

    /// The `scope` to ask for, words with spaces between (CONTRACT 2.2). Default: none.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// What tells the time. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What waits between attempts. Default: [`TokioTimer`].
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// What spreads pauses and renewals. Default: [`RandomJitter`].
    pub fn jitter(mut self, jitter: Arc<dyn Jitter>) -> Self {
        self.jitter = jitter;
        self
    }

    /// Where the token is kept from one run of the program to the next. Default: nowhere.
    #[cfg(feature = "disk-cache")]
    pub fn disk_cache(mut self, cache: DiskCache) -> Self {
        self.disk_cache = Some(cache);
        self
    }

    /// The token source.
    ///
    /// # Errors
    /// [`BuildError`] when the HTTP client can't be made or the scope is malformed.
    pub fn build(self) -> Result<TokenSource, BuildError> {
        if let Some(scope) = &self.scope {
            scope.parse::<Scope>().map_err(BuildError::Scope)?;
        }
        let http = match self.http {
            Some(http) => http,
            None => default_http_client(&self.data_center)?,
        };
        let exchanger = Exchanger {
            http,
            timeout: self.timeout,
            deadline: self.deadline,
            clock: self.clock,
            timer: self.timer,
            jitter: self.jitter,
        };
        let endpoint = Endpoint {
            discovery: Discovery::over(self.data_center.clone(), exchanger.clone()),
            exchanger,
            data_center: self.data_center,
            credentials: self.credentials,
        };
        let sign_in = SignIn {
            #[cfg(feature = "disk-cache")]
            last_run: self.disk_cache.map(|cache| {
                let (data_center, scope) = (&endpoint.data_center, self.scope.as_deref());
                LastRun::in_slot(cache.slot(data_center, &endpoint.credentials, scope))
            }),
            endpoint: Arc::new(endpoint),
            scope: self.scope,
        };
        Ok(TokenSource::signing_in(sign_in, self.refresh_before))
    }
}

impl fmt::Debug for TokenSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSourceBuilder")
            .field("data_center", &self.data_center)
            .field("client_id", &self.credentials.client_id())
            .finish_non_exhaustive()
    }
}

/// What asks a data center when no credentials are needed.
pub(crate) fn default_exchanger(data_center: &DataCenter) -> Result<Exchanger, BuildError> {
    Ok(Exchanger {
        http: default_http_client(data_center)?,
        timeout: TIMEOUT,
        deadline: DEADLINE,
        clock: Arc::new(SystemClock),
        timer: Arc::new(TokioTimer),
        jitter: Arc::new(RandomJitter),
    })
}

fn default_http_client(data_center: &DataCenter) -> Result<reqwest::Client, BuildError> {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    // What is for this machine must not leave it, least of all in plain HTTP.
    let builder = if data_center.is_loopback() { builder.no_proxy() } else { builder };
    // Plain HTTP needs no certificates, and images without any are common in CI.
    let plain = data_center.url("/").scheme() == "http";
    let builder = if plain { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(BuildError::HttpClient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_whose_tokens_they_are_and_no_secret() {
        let credentials = Credentials::new("id-1", "hunter2").unwrap();
        let builder = TokenSourceBuilder::new("https://host".parse().unwrap(), credentials);

        let shown = format!("{:?}", builder.scope("hunter2"));

        assert!(shown.contains("https://host") && shown.contains("\"id-1\""), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
