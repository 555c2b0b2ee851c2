//! What the checks of one run share: the connection pool, the secrets, what was fetched once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::{Answer, MAX_BODY};
use crate::check::{Failure, cannot_tell, unmet};
use crate::exchange::{Exchange, Received, Sent, shown};
use crate::request::Request;
use crate::secrets::Secrets;
use crate::target::{Credentials, Target};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Something fetched at most once in a run, with the evidence of it.
pub(crate) type Shared<T> = OnceCell<(Option<Evidence>, Result<T, Failure>)>;

/// An exchange, and the command that repeats it.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) exchange: Exchange,
    pub(crate) repeat: String,
}

/// The tokens of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) answer: Answer,
    pub(crate) body: Value,
}

pub(crate) struct Session {
    http: Client,
    pub(crate) target: Target,
    pub(crate) secrets: Secrets,
    pub(crate) tokens: Shared<Tokens>,
    pub(crate) discovery: Shared<Value>,
    pub(crate) keys: Shared<Vec<Value>>,
    pub(crate) wrong_secret: Shared<Answer>,
    wrong_secrets_left: AtomicU32,
}

impl Session {
    pub(crate) fn new(target: &Target) -> Result<Self, reqwest::Error> {
        let builder = Client::builder();
        // Plain HTTP needs no certificates, and images without any are common in CI.
        let plain = target.url().starts_with("http://");
        let builder = if plain { builder.tls_certs_only([]) } else { builder };
        let http = builder
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("gatepass-conformance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            secrets: Secrets::of(target),
            wrong_secrets_left: AtomicU32::new(target.max_wrong_secrets),
            target: target.clone(),
            tokens: OnceCell::new(),
            discovery: OnceCell::new(),
            keys: OnceCell::new(),
            wrong_secret: OnceCell::new(),
        })
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

    /// Takes one failed authentication of the caller's API client from what it allows.
    pub(crate) fn spend_wrong_secret(&self) -> Result<(), Failure> {
        let spent =
            self.wrong_secrets_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match spent {
            Ok(_) => Ok(()),
            Err(_) => cannot_tell("would fail more authentications of the API client than allowed"),
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
    pub(crate) async fn first_contact(&self) -> Result<bool, reqwest::Error> {
        let health = match self.http.get(self.url("/_gatepass/health")).send().await {
            Ok(health) => health,
            Err(error) if error.is_connect() || error.is_timeout() => return Err(error),
            // Somebody is there and does not speak HTTP well: that is for the checks to say.
            Err(_) => return Ok(false),
        };
        let status = health.status().as_u16();
        let (body, ..) = read_body(health).await;
        let is_gatepass = |body: Value| body["product"] == "gatepass";
        Ok(status == 200 && serde_json::from_slice(&body).is_ok_and(is_gatepass))
    }

    /// Sends `request`; whatever comes of it is evidence too.
    pub(crate) async fn exchange(&self, request: &Request) -> (Evidence, Result<Answer, Failure>) {
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
        let (response, error, answer) = match outcome {
            Ok((answer, error)) => (Some(self.received(&answer)), error, Ok(answer)),
            Err(reason) => {
                let reason = self.secrets.redact(&reason);
                (None, Some(reason.clone()), unmet(format!("no answer: {reason}")))
            }
        };
        let answer = match (&error, answer) {
            (Some(error), Ok(_)) => unmet(format!("the answer broke off: {error}")),
            (_, answer) => answer,
        };
        let exchange = Exchange { request: Sent::record(request, &self.secrets), response, error };
        (Evidence { exchange, repeat: crate::curl::line(request, &self.secrets) }, answer)
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

    fn received(&self, answer: &Answer) -> Received {
        let headers = answer.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), self.secrets.redact_header(name.as_str(), &value))
        });
        Received {
            status: answer.status,
            headers: headers.collect(),
            body: shown(&answer.body, &self.secrets),
        }
    }

    /// Tokens that do not look like tokens are hidden too, wherever they turn up later.
    fn remember_tokens(&self, body: &[u8]) {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return };
        for (name, variable) in [
            ("access_token", "ACCESS_TOKEN"),
            ("id_token", "ID_TOKEN"),
            ("refresh_token", "REFRESH_TOKEN"),
        ] {
            if let Some(Value::String(token)) = members.get(name) {
                self.secrets.add_token(token, variable);
            }
        }
    }
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
    let (body, cut, error) = read_body(response).await;
    (Answer { status, headers, body, cut }, error)
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
