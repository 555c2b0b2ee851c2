//! The harness of the end-to-end tests: a platform of its own for each test, and requests whose
//! failed expectations show the whole exchange.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]
#![expect(clippy::missing_panics_doc, reason = "an expectation that is not met panics")]

mod account;
mod answer;
mod control;
mod log;
mod promise;
mod proxy;
mod raw;
mod suite;
mod truth;

use gatepass_protocol::BasicCredentials;
pub use gatepass_server::{BuiltInClients, Clock, Config, Exchange, FixtureClient, TlsConfig};
use gatepass_server::{Platform, RunningPlatform};
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, header, redirect};

pub use self::{
    account::{ADMINISTRATOR, client_without_roles, read_only_client},
    answer::Answer,
    control::{Events, ServerEvent},
    promise::{broken_promise, catalogue_entries},
    proxy::Proxy,
    raw::raw_exchange,
    suite::{check_conformance, conformance_target},
};

use self::log::Log;

/// The documented way to ask for a token.
pub const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";
/// The type of the body of a token request.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A running platform, and an HTTP client for it.
pub struct TestPlatform {
    running: RunningPlatform,
    http: Client,
    log: Log,
    /// Whether its answers may be other than the document says.
    plays_cases: bool,
}

impl TestPlatform {
    /// One with the built-in fixtures.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// One whose configuration was changed from the default.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.listen.set_port(0);
        change(&mut config);
        let log = Log::default();
        let running =
            Platform::builder().config(config).observer(log.observer()).start().await.unwrap();
        let ca = running.ca_pem().map(|pem| Certificate::from_pem(pem.as_bytes()).unwrap());
        let http = http_client(ca).build().unwrap();
        Self { running, http, plays_cases: false, log }
    }

    /// The certificate of the CA that was made at start.
    #[track_caller]
    pub fn ca(&self) -> Certificate {
        Certificate::from_pem(&self.ca_pem()).unwrap()
    }

    /// The same in PEM.
    #[track_caller]
    pub fn ca_pem(&self) -> Vec<u8> {
        self.running.ca_pem().unwrap().as_bytes().to_vec()
    }

    /// The same platform, asked by another HTTP client.
    #[must_use]
    pub fn asked_by(self, client: ClientBuilder) -> Self {
        Self { http: client.build().unwrap(), ..self }
    }

    /// The same platform, whose answers a case may change: they are not held against the document.
    #[must_use]
    pub fn playing_cases(self) -> Self {
        Self { plays_cases: true, ..self }
    }

    /// The data center URL.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Host and port, as in a `Host` header.
    pub fn host(&self) -> String {
        self.running.address().to_string()
    }

    /// The platform's clock.
    pub fn clock(&self) -> &Clock {
        self.running.clock()
    }

    /// What was told of each exchange so far.
    pub fn log(&self) -> Vec<Exchange> {
        self.log.exchanges()
    }

    /// Stops gracefully.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// A request to be changed and sent.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let url = format!("{}{path}", self.url());
        let request = self.http.request(method, url);
        TestRequest { request, documented: !self.plays_cases }
    }

    /// A `POST` to the tutorial's token endpoint, without credentials.
    pub fn post_token(&self, body: &str) -> TestRequest {
        self.request(Method::POST, "/api/2/idp/token").form(body)
    }

    /// A token for the client, as the tutorial gets it.
    pub async fn token_for(&self, client: &FixtureClient) -> String {
        let answer = self.post_token(CLIENT_CREDENTIALS).basic(client).send().await;
        answer.assert_status(200);
        answer.text_at("/access_token")
    }

    /// A `GET` with a Bearer token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.request(Method::GET, path).bearer(token).send().await
    }

    /// A call of the control API.
    pub async fn put_clock(&self, body: &str) -> Answer {
        self.request(Method::PUT, "/_gatepass/clock").body(body).send().await
    }
}

/// An HTTP client that trusts one CA, or none. It reads none from the system: that takes longer than
/// all the rest.
pub fn http_client(ca: Option<Certificate>) -> ClientBuilder {
    Client::builder().no_proxy().redirect(redirect::Policy::none()).tls_certs_only(ca)
}

/// The clients of the built-in fixtures.
pub fn clients() -> BuiltInClients {
    BuiltInClients::load().unwrap()
}

/// The value of an `Authorization` header with HTTP Basic.
pub fn basic(client: &FixtureClient) -> String {
    BasicCredentials::new(client.client_id.to_string(), client.client_secret.clone())
        .unwrap()
        .render()
}

/// A request in the making.
pub struct TestRequest {
    request: RequestBuilder,
    documented: bool,
}

impl TestRequest {
    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { request: change(self.request), ..self }
    }

    /// Adds a header; one of the same name stays.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|request| request.header(name, value))
    }

    /// Adds HTTP Basic of a client.
    #[must_use]
    pub fn basic(self, client: &FixtureClient) -> Self {
        self.authorization(&basic(client))
    }

    /// Adds a Bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }

    /// Adds an `Authorization` header.
    #[must_use]
    pub fn authorization(self, value: &str) -> Self {
        self.with(|request| request.header(header::AUTHORIZATION, value))
    }

    /// Sets a form as the body, with its type.
    #[must_use]
    pub fn form(self, body: &str) -> Self {
        self.with(|request| request.header(header::CONTENT_TYPE, FORM)).body(body)
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: &str) -> Self {
        self.with(|request| request.body(body.to_owned()))
    }

    /// Sends the request and reads the whole answer, which has to be as the document says.
    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// The same where the connection may break.
    ///
    /// # Errors
    /// What became of the connection.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let documented = self.documented;
        let answer = Answer::read(self.request).await?;
        if documented {
            answer.assert_documented();
        }
        Ok(answer)
    }
}
