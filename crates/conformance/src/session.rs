//! What the checks of one run share: the connection pool, the secrets, what was fetched once.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Method, Version};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::{Answer, MAX_BODY};
use crate::check::{Failure, cannot_tell, unmet};
use crate::clock::pause;
use crate::evidence::{Asked, Evidence};
use crate::made_clients::MadeClients;
use crate::need::{self, Lack, Need};
use crate::pace::Pace;
use crate::probe::{ACTIVITIES_PATH, BC_TOKEN_PATH, GRANT, TASKS_PATH, TOKEN_PATH, own_tenant};
use crate::request::Request;
use crate::secrets::Secrets;
use crate::survey::Sample;
use crate::target::{Credentials, HttpVersion, Target};

/// How long one request may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The lists that are kept whole.
const LISTS: [&str; 2] = [TASKS_PATH, ACTIVITIES_PATH];

/// The longest wait that a busy target is granted, in seconds (CONTRACT 4.2: `Retry-After`).
const LONGEST_WAIT_S: u64 = 30;

/// Something fetched at most once in a run, with the evidence of it.
pub(crate) type Shared<T> = OnceCell<(Option<Evidence>, Result<T, Failure>)>;

/// The tokens of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) answer: Answer,
    pub(crate) body: Value,
}

pub(crate) struct Session {
    http: Client,
    pace: Pace,
    pub(crate) target: Target,
    pub(crate) secrets: Secrets,
    pub(crate) tokens: Shared<Tokens>,
    pub(crate) discovery: Shared<Value>,
    pub(crate) keys: Shared<Vec<Value>>,
    pub(crate) wrong_secret: Shared<Answer>,
    pub(crate) made_clients: MadeClients,
    lists: [Shared<Vec<Value>>; LISTS.len()],
    is_gatepass: OnceLock<bool>,
    lacks: [OnceCell<Option<String>>; need::ASKED.len()],
    other_token_urls: OnceCell<Vec<String>>,
    introspector_token: OnceCell<Option<String>>,
    subtenant: OnceCell<Result<String, Failure>>,
    pub(crate) survey: OnceCell<Vec<Sample>>,
}

impl Session {
    pub(crate) fn new(target: &Target) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder();
        // Plain HTTP needs no certificates, and images without any are common in CI.
        if target.url().starts_with("http://") {
            builder = builder.tls_certs_only([]);
        }
        if let Some(pem) = &target.certificate_authority {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem)?);
        }
        let builder = match target.http_version {
            HttpVersion::Negotiated => builder,
            HttpVersion::Http1 => builder.http1_only(),
            HttpVersion::Http2 => builder.http2_prior_knowledge(),
        };
        let http = builder
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("gatepass-conformance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            pace: Pace::new(target.requests_per_second),
            secrets: Secrets::of(target),
            target: target.clone(),
            tokens: OnceCell::new(),
            discovery: OnceCell::new(),
            keys: OnceCell::new(),
            wrong_secret: OnceCell::new(),
            made_clients: MadeClients::default(),
            lists: Default::default(),
            is_gatepass: OnceLock::new(),
            lacks: Default::default(),
            other_token_urls: OnceCell::new(),
            introspector_token: OnceCell::new(),
            subtenant: OnceCell::new(),
            survey: OnceCell::new(),
        })
    }

    /// Waits for the turn of the next request.
    pub(crate) async fn turn(&self) {
        self.pace.turn().await;
    }

    /// Where the whole list of the Task Manager at `path` is kept.
    pub(crate) fn list(&self, path: &str) -> Option<&Shared<Vec<Value>>> {
        LISTS.iter().position(|list| *list == path).map(|index| &self.lists[index])
    }

    /// Whether the target is a Gatepass, known from the first contact on.
    pub(crate) fn is_gatepass(&self) -> bool {
        self.is_gatepass.get().copied().unwrap_or_default()
    }

    /// A mock is there to be changed; anybody else is asked first.
    pub(crate) fn changes_are_forbidden(&self) -> bool {
        !self.is_gatepass() && !self.target.allow_changes
    }

    /// Why the target can't do what `need` says, found out once in a run.
    pub(crate) async fn found_missing(&self, need: Need) -> Option<String> {
        let index = need::ASKED.iter().position(|asked| *asked == need)?;
        // Boxed: what is asked once must not weigh on every check.
        let ask = Box::pin(async {
            match need.ask(self).await? {
                Lack::NotThere(_) if self.is_gatepass() => None,
                Lack::NotThere(reason) | Lack::NotForCaller(reason) => Some(reason),
            }
        });
        self.lacks[index].get_or_init(|| ask).await.clone()
    }

    /// The URLs of the token endpoint that the target has beside [`TOKEN_PATH`]: that below `/bc`
    /// first, and the one that the discovery document names (CONTRACT 1.2). What is missing is for
    /// the checks to say.
    pub(crate) async fn other_token_urls(&self) -> &[String] {
        self.other_token_urls.get_or_init(|| Box::pin(self.find_token_urls())).await
    }

    /// Of these the one that needs no discovery.
    pub(crate) async fn other_documented_token_urls(&self) -> &[String] {
        let bc = self.url(BC_TOKEN_PATH);
        let urls = self.other_token_urls().await;
        &urls[..urls.len().min(usize::from(urls.first() == Some(&bc)))]
    }

    async fn find_token_urls(&self) -> Vec<String> {
        let (_, document) = self.shared_discovery().await;
        let document = document.as_ref().ok();
        let link = document.map(|document| &document["token_endpoint"]);
        let discovered = link.and_then(|link| self.own_link("token_endpoint", link).ok());
        let mut urls = Vec::new();
        for url in [Some(self.url(BC_TOKEN_PATH)), discovered].into_iter().flatten() {
            if url == self.url(TOKEN_PATH) || urls.contains(&url) {
                continue;
            }
            let (_, answer) = self.exchange(&Request::new("POST", &*url).form(GRANT)).await;
            if answer.is_ok_and(|answer| !matches!(answer.status, 404 | 405 | 501)) {
                urls.push(url);
            }
        }
        urls
    }

    /// The access token that all checks share, if the target gives one.
    pub(crate) async fn access_token(&self) -> Option<String> {
        let (_, tokens) = self.shared_tokens().await;
        tokens.as_ref().ok().map(|tokens| tokens.access.clone())
    }

    /// A form posted with the caller's credentials, if there are any.
    pub(crate) fn post_as_client(&self, path: &str, form: &str) -> Request {
        let request = Request::new("POST", self.url(path)).form(form);
        match self.credentials() {
            Ok(client) => request.basic(&client.client_id, &client.client_secret),
            Err(_) => request,
        }
    }

    /// An access token that nobody else has.
    pub(crate) async fn fresh_token(&self) -> Option<String> {
        self.token_for(self.credentials().ok()?).await
    }

    /// A token with the role to introspect others: the lent client's, or the caller's own.
    pub(crate) async fn introspector_token(&self) -> Option<String> {
        let fetch = async {
            match &self.target.introspector {
                Some(introspector) => self.token_for(introspector).await,
                None => self.access_token().await,
            }
        };
        self.introspector_token.get_or_init(|| fetch).await.clone()
    }

    async fn token_for(&self, client: &Credentials) -> Option<String> {
        let request = Request::new("POST", self.url(TOKEN_PATH))
            .basic(&client.client_id, &client.client_secret)
            .form(GRANT);
        let (_, answer) = self.exchange(&request).await;
        let body = answer.ok()?.ok_json().ok()?;
        body["access_token"].as_str().map(str::to_owned)
    }

    /// The ID of a tenant below the caller's own.
    pub(crate) async fn subtenant(&self) -> Result<String, Failure> {
        self.subtenant.get_or_init(|| self.find_subtenant()).await.clone()
    }

    async fn find_subtenant(&self) -> Result<String, Failure> {
        let none = || cannot_tell("needs a tenant below the caller's own");
        let Some(token) = self.access_token().await else { return none() };
        let Some(own) = own_tenant(&token) else { return none() };
        for path in
            [format!("/api/2/tenants?parent_id={own}"), format!("/api/2/tenants/{own}/children")]
        {
            let request = Request::new("GET", self.url(&path)).bearer(&token);
            let (_, answer) = self.exchange(&request).await;
            let body: Value = answer.and_then(|answer| answer.json()).unwrap_or_default();
            let first = &body["items"][0];
            if let Some(id) = first["id"].as_str().or_else(|| first.as_str()) {
                return Ok(id.to_owned());
            }
        }
        none()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.target.url())
    }

    pub(crate) fn credentials(&self) -> Result<&Credentials, Failure> {
        match &self.target.credentials {
            Some(credentials) => Ok(credentials),
            None => cannot_tell("needs the ID and the secret of an API client"),
        }
    }

    /// `link` if it leads to the target itself: nothing that an answer names elsewhere is asked.
    pub(crate) fn own_link(&self, member: &str, link: &Value) -> Result<String, Failure> {
        let Some(text) = link.as_str() else {
            return unmet(format!("`{member}` of the discovery document is no string"));
        };
        match Url::parse(text) {
            Err(_) => unmet(format!("`{member}` of the discovery document is no absolute URL")),
            Ok(url) if is_same_origin(&url, &self.target.base) => Ok(text.to_owned()),
            Ok(url) => cannot_tell(format!(
                "`{member}` leads to {}, and only the target itself is asked",
                url.origin().ascii_serialization()
            )),
        }
    }

    /// The first contact; an error means that nobody is there.
    pub(crate) async fn first_contact(&self) -> Result<(), reqwest::Error> {
        let health = match self.http.get(self.url("/_gatepass/health")).send().await {
            Ok(health) => health,
            Err(error) if error.is_connect() || error.is_timeout() => return Err(error),
            // Somebody is there and does not speak HTTP well: that is for the checks to say.
            Err(_) => return Ok(()),
        };
        let status = health.status().as_u16();
        let (body, ..) = read_body(health).await;
        let names_gatepass = |body: Value| body["product"] == "gatepass";
        let is_gatepass = status == 200 && serde_json::from_slice(&body).is_ok_and(names_gatepass);
        let _ = self.is_gatepass.set(is_gatepass);
        Ok(())
    }

    /// Sends `request`; whatever comes of it is evidence too. A target that is too busy is given
    /// the time that it asks for, once.
    pub(crate) async fn exchange(&self, request: &Request) -> (Evidence, Result<Answer, Failure>) {
        let first = self.exchange_once(request).await;
        let Some(wait) = first.1.as_ref().ok().and_then(wanted_pause) else { return first };
        pause(wait).await;
        self.exchange_once(request).await
    }

    async fn exchange_once(&self, request: &Request) -> (Evidence, Result<Answer, Failure>) {
        self.pace.turn().await;
        let outcome = match self.build(request) {
            Ok(built) => match self.http.execute(built).await {
                Ok(response) => Ok(read(response).await),
                Err(error) => Err(chain(&error.without_url())),
            },
            Err(reason) => Err(reason),
        };
        if let Ok((answer, _)) = &outcome {
            self.remember_tokens(&answer.body);
        }
        let asked = Asked::Request(request.clone());
        match outcome {
            Ok((answer, None)) => (Evidence::new(asked, Some(answer.clone()), None), Ok(answer)),
            Ok((answer, Some(error))) => {
                let reason = unmet(format!("the answer broke off: {error}"));
                (Evidence::new(asked, Some(answer), Some(error)), reason)
            }
            Err(error) => {
                let reason = unmet(format!("no answer: {error}"));
                (Evidence::new(asked, None, Some(error)), reason)
            }
        }
    }

    fn build(&self, request: &Request) -> Result<reqwest::Request, String> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|e| e.to_string())?;
        let mut builder = self.http.request(method, &request.url);
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| e.to_string())?;
            let value = HeaderValue::from_bytes(value).map_err(|e| e.to_string())?;
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body.to_bytes() {
            builder = builder.body(body);
        }
        builder.build().map_err(|error| chain(&error.without_url()))
    }

    /// Tokens that do not look like tokens are hidden too, wherever they turn up later.
    pub(crate) fn remember_tokens(&self, body: &[u8]) {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return };
        for (name, variable) in [
            ("access_token", "ACCESS_TOKEN"),
            ("id_token", "ID_TOKEN"),
            ("refresh_token", "REFRESH_TOKEN"),
            ("registration_access_token", "REGISTRATION_ACCESS_TOKEN"),
        ] {
            if let Some(Value::String(token)) = members.get(name) {
                self.secrets.add_token(token, variable);
            }
        }
    }
}

/// How long a target that is too busy asks to be left alone (CONTRACT 4.2).
fn wanted_pause(answer: &Answer) -> Option<Duration> {
    if answer.status != 429 {
        return None;
    }
    let seconds: u64 = answer.header("retry-after")?.parse().ok()?;
    (seconds <= LONGEST_WAIT_S).then(|| Duration::from_secs(seconds))
}

fn is_same_origin(url: &Url, base: &Url) -> bool {
    url.scheme() == base.scheme()
        && url.host() == base.host()
        && url.port_or_known_default() == base.port_or_known_default()
}

/// The answer, and why it broke off if it did.
async fn read(response: reqwest::Response) -> (Answer, Option<String>) {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let is_http_1_0 = response.version() == Version::HTTP_10;
    let (body, cut, error) = read_body(response).await;
    (Answer { status, headers, body, cut, is_http_1_0 }, error)
}

async fn read_body(mut response: reqwest::Response) -> (Vec<u8>, bool, Option<String>) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return (body, false, None),
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_BODY {
                    body.truncate(MAX_BODY);
                    return (body, true, None);
                }
            }
            Err(error) => return (body, false, Some(chain(&error.without_url()))),
        }
    }
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let told = cause.to_string();
        if !text.ends_with(&told) {
            text = format!("{text}: {told}");
        }
        source = cause.source();
    }
    text
}
