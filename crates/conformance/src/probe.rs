//! What a check holds in its hands.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::check::{Failure, Verdict, cannot_tell, noted, unmet};
use crate::clock::pause;
use crate::evidence::{Asked, Evidence};
use crate::jwt::Jwt;
use crate::request::{Request, form};
use crate::schema::{self, Schema};
use crate::session::{Session, Tokens};
use crate::target::{Credentials, User};
use crate::whole_list::fetch_list;
use crate::wire::{Connection, RawRequest, Turn};

/// Exchanges that a check keeps, the latest: the one that decided is among them.
const MAX_KEPT: usize = 6;

/// The path of the token endpoint in the platform's tutorial (CONTRACT 1.2).
pub(crate) const TOKEN_PATH: &str = "/api/2/idp/token";

/// The other path of the token endpoint that has no need of discovery (CONTRACT 1.2).
pub(crate) const BC_TOKEN_PATH: &str = "/bc/idp/token";

/// The paths of revocation and introspection (CONTRACT 1.3).
pub(crate) const REVOKE_PATH: &str = "/api/2/idp/revoke_token";
pub(crate) const INTROSPECT_PATH: &str = "/api/2/idp/introspect_token";

/// The stand-in's path for tokens made to order: the one thing that the suite knows of it.
const MINT_PATH: &str = "/_gatepass/tokens";

/// The lists of the Task Manager (CONTRACT 1.6).
pub(crate) const TASKS_PATH: &str = "/api/task_manager/v2/tasks";
pub(crate) const ACTIVITIES_PATH: &str = "/api/task_manager/v2/activities";

/// The path of the discovery document (CONTRACT 1.4).
pub(crate) const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// The body of an ordinary token request (CONTRACT 2.1).
pub(crate) const GRANT: &str = "grant_type=client_credentials";

/// An API client that no data center has.
pub(crate) const UNKNOWN_ID: &str = "0c0ffee0-dead-4bad-8bad-0123456789ab";

/// A wrong secret, in the form of a right one.
pub(crate) const WRONG_SECRET: &str = "00000000000000000000000000000bad";

/// Sends requests for one check, and keeps the evidence.
pub(crate) struct Probe {
    session: Arc<Session>,
    evidence: Vec<Evidence>,
    /// Where requests for [`TOKEN_PATH`] go instead.
    token_url: Option<String>,
}

impl Probe {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, evidence: Vec::new(), token_url: None }
    }

    /// From now on asks for tokens at `url`, another of the token endpoint's.
    pub(crate) fn ask_for_tokens_at(&mut self, url: &str) {
        self.token_url = Some(url.to_owned());
    }

    pub(crate) fn into_evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The session, for requests that are sent at one time.
    pub(crate) fn shared_session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        self.session.credentials().cloned()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, self.session.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// An ordinary token request to `path`, without credentials.
    pub(crate) fn token_request(&self, path: &str) -> Request {
        self.post(path).form(GRANT)
    }

    /// A POST to the token endpoint with the caller's credentials, without a body.
    pub(crate) fn authenticated(&self) -> Result<Request, Failure> {
        let Credentials { client_id, client_secret } = self.session.credentials()?;
        Ok(self.post(TOKEN_PATH).basic(client_id, client_secret))
    }

    pub(crate) async fn send(&mut self, mut request: Request) -> Result<Answer, Failure> {
        if let Some(url) = &self.token_url {
            let first = self.session.url(TOKEN_PATH);
            let is_query = |rest: &&str| rest.is_empty() || rest.starts_with('?');
            if let Some(query) = request.url.strip_prefix(&first).filter(is_query) {
                request.url = format!("{url}{query}");
            }
        }
        let (evidence, answer) = self.session.exchange(&request).await;
        self.keep(evidence);
        answer
    }

    /// Sends `request` with the shared access token.
    pub(crate) async fn send_with_token(&mut self, request: Request) -> Result<Answer, Failure> {
        let token = self.tokens().await?.access;
        self.send(request.bearer(&token)).await
    }

    /// A request to be sent byte by byte.
    pub(crate) fn raw(&self, method: &str, path: &str) -> RawRequest {
        RawRequest::new(&self.session.target, method, path)
    }

    /// Talks over a connection of its own; gives the answers.
    pub(crate) async fn converse(&mut self, turns: Vec<Turn>) -> Result<Vec<Answer>, Failure> {
        let session = Arc::clone(&self.session);
        let mut connection = Connection::open(&session.target).await?;
        let mut answers = Vec::new();
        let mut said = Vec::new();
        for turn in turns {
            let to_head = matches!(turn, Turn::HearHead);
            match turn {
                Turn::Hear | Turn::HearHead => {}
                Turn::End => {
                    connection.end().await;
                    continue;
                }
                Turn::Wait(time) => {
                    pause(time).await;
                    continue;
                }
                Turn::Say(bytes) => {
                    session.turn().await;
                    // A server may refuse before it has read all: then its answer counts.
                    let _ = connection.say(&bytes).await;
                    said.extend(bytes);
                    continue;
                }
            }
            let answer = connection.hear(to_head).await;
            if let Ok(answer) = &answer {
                session.remember_tokens(&answer.body);
            }
            let error = answer.as_ref().err().map(|failure| failure.text().to_owned());
            let heard = answer.as_ref().ok().cloned();
            self.keep(Evidence::new(Asked::Bytes(said.clone()), heard, error));
            answers.push(answer?);
        }
        Ok(answers)
    }

    /// A client for `client_secret_basic` that may be refused, disabled and deleted. The check's
    /// needs have [`Need::Changes`](crate::Need::Changes).
    pub(crate) async fn made_client(&mut self) -> Result<Credentials, Failure> {
        self.session.make_client("client_secret_basic").await
    }

    /// A client whose authentication may fail: one that is made for it, where that is allowed,
    /// or the caller's own. The check declares how often with [`WrongSecrets`].
    ///
    /// [`WrongSecrets`]: crate::check::WrongSecrets
    pub(crate) async fn client_to_refuse(&mut self) -> Result<Credentials, Failure> {
        if self.session.changes_are_forbidden() {
            return self.credentials();
        }
        self.made_client().await
    }

    /// A client for `client_secret_post`, lent or made.
    pub(crate) async fn post_client(&mut self) -> Result<Credentials, Failure> {
        match &self.session.target.post_client {
            Some(lent) => Ok(lent.clone()),
            None => self.session.make_client("client_secret_post").await,
        }
    }

    /// A disabled client with its right secret, lent or made.
    pub(crate) async fn disabled_client(&mut self) -> Result<Credentials, Failure> {
        if let Some(lent) = &self.session.target.disabled_client {
            return Ok(lent.clone());
        }
        let made = self.made_client().await?;
        self.disable(&made).await?;
        Ok(made)
    }

    /// Disables a client that was made.
    pub(crate) async fn disable(&mut self, client: &Credentials) -> Verdict {
        let path = format!("/api/2/clients/{}", client.client_id);
        let request = self.request("PUT", &path).json(&json!({"status": "disabled"}));
        match self.send_with_token(request).await?.status {
            200 => Ok(()),
            other => cannot_tell(format!("could not disable an API client: got {other}")),
        }
    }

    /// Met when a client that may have no tokens is refused (CONTRACT 4.4). That it is 401
    /// `invalid_client` is our reading of what the contract leaves open.
    pub(crate) fn refuses_client(&self, answer: &Answer) -> Verdict {
        let verdict = answer.token_error(401, "invalid_client");
        if verdict.is_ok() || self.session.is_gatepass() {
            return verdict;
        }
        let is_refused = matches!(answer.status, 400 | 401 | 403)
            && schema::judge(Schema::TokenError, &answer.json()?).is_ok();
        if is_refused {
            return noted(format!(
                "it is refused with {}, and not 401 invalid_client",
                answer.status
            ));
        }
        verdict
    }

    /// A token answer to the credentials of `client` and `form`; without one the check can't tell.
    async fn sign_in(&mut self, client: &Credentials, form: &str) -> Result<Value, Failure> {
        let request =
            self.post(TOKEN_PATH).basic(&client.client_id, &client.client_secret).form(form);
        let answer = self.send(request).await?;
        answer.ok_json().map_err(|failure| failure.of_a_need("no token to go on with"))
    }

    /// An access token of `client` that nobody else has.
    pub(crate) async fn token_of(&mut self, client: &Credentials) -> Result<String, Failure> {
        let body = self.sign_in(client, GRANT).await?;
        text_of(&body, "access_token")
    }

    /// An access token of the caller's client that nobody else has.
    pub(crate) async fn fresh_token(&mut self) -> Result<String, Failure> {
        let client = self.credentials()?;
        self.token_of(&client).await
    }

    /// An access token of the caller's client and its refresh token, which nobody else has.
    pub(crate) async fn pair(&mut self) -> Result<Pair, Failure> {
        let client = self.credentials()?;
        self.pair_of(&client).await
    }

    /// The same of `client`.
    pub(crate) async fn pair_of(&mut self, client: &Credentials) -> Result<Pair, Failure> {
        let body = self.sign_in(client, &format!("{GRANT}&scope=offline_access")).await?;
        Ok(Pair {
            access: text_of(&body, "access_token")?,
            refresh: text_of(&body, "refresh_token")?,
        })
    }

    /// An access token that has expired: only a stand-in gives one.
    pub(crate) async fn expired_token(&mut self) -> Result<String, Failure> {
        let order = json!({"client_id": self.credentials()?.client_id, "lifetime_s": -10});
        let minted = self.send(self.post(MINT_PATH).json(&order)).await?.json()?;
        match minted["access_token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => unmet("the target minted no expired token"),
        }
    }

    /// The answer to a call of the caller's own API client with `token`.
    pub(crate) async fn call_with(&mut self, token: &str) -> Result<Answer, Failure> {
        let path = format!("/api/2/clients/{}", self.credentials()?.client_id);
        let request = self.get(&path).bearer(token);
        self.send(request).await
    }

    /// Met when `token` opens the caller's own API client.
    pub(crate) async fn opens(&mut self, token: &str) -> Verdict {
        self.call_with(token).await?.status(200)
    }

    pub(crate) fn user(&self) -> Result<User, Failure> {
        lent(self.session.target.user.as_ref())
    }

    pub(crate) fn two_factor_user(&self) -> Result<User, Failure> {
        lent(self.session.target.two_factor_user.as_ref())
    }

    /// An access token of the user that the caller lends.
    pub(crate) async fn user_token(&mut self) -> Result<String, Failure> {
        let User { login, password } = self.user()?;
        let client = self.credentials()?;
        let pairs = [("grant_type", "password"), ("username", &login), ("password", &password)];
        let body = self.sign_in(&client, &form(&pairs)).await?;
        text_of(&body, "access_token")
    }

    pub(crate) fn keep(&mut self, evidence: Evidence) {
        if self.evidence.len() == MAX_KEPT {
            self.evidence.remove(0);
        }
        self.evidence.push(evidence);
    }

    /// The tokens that all checks share; one answer of the token endpoint.
    pub(crate) async fn tokens(&mut self) -> Result<Tokens, Failure> {
        let session = Arc::clone(&self.session);
        let found = session.shared_tokens().await;
        self.shared(found).map_err(|failure| failure.of_a_need("no token to go on with"))
    }

    /// The discovery document, a JSON object.
    pub(crate) async fn discovery(&mut self) -> Result<Value, Failure> {
        let session = Arc::clone(&self.session);
        let found = session.shared_discovery().await;
        self.shared(found).map_err(|failure| failure.of_a_need("no discovery document"))
    }

    /// The answer to who asks for the discovery document.
    pub(crate) async fn discovery_answer(&mut self) -> Result<Answer, Failure> {
        self.send(self.get(DISCOVERY_PATH)).await
    }

    /// The answer to who asks for the keys, where the discovery document says.
    pub(crate) async fn keys_answer(&mut self) -> Result<Answer, Failure> {
        let discovery = self.discovery().await?;
        let mut request = self.get("");
        request.url = self.session.own_link("jwks_uri", &discovery["jwks_uri"])?;
        self.send(request).await
    }

    /// The published keys, where the discovery document says.
    pub(crate) async fn keys(&mut self) -> Result<Vec<Value>, Failure> {
        let discovery = self.discovery().await?;
        let url = self.session.own_link("jwks_uri", &discovery["jwks_uri"])?;
        let session = Arc::clone(&self.session);
        let found = session.keys.get_or_init(|| fetch_keys(&session, url)).await;
        self.shared(found).map_err(|failure| failure.of_a_need("no published keys"))
    }

    /// The list of the Task Manager at `path`, with every member of its items.
    pub(crate) async fn whole_list(&mut self, path: &'static str) -> Result<Vec<Value>, Failure> {
        let session = Arc::clone(&self.session);
        let Some(list) = session.list(path) else { return cannot_tell("there is no such list") };
        let found = list.get_or_init(|| fetch_list(&session, path)).await;
        self.shared(found).map_err(|failure| failure.of_a_need("no list to judge by"))
    }

    /// The answer to the caller's API client with a wrong secret: asked for once.
    pub(crate) async fn wrong_secret(&mut self) -> Result<Answer, Failure> {
        let session = Arc::clone(&self.session);
        let found = session.wrong_secret.get_or_init(|| try_wrong_secret(&session)).await;
        self.shared(found)
    }

    fn shared<T: Clone>(
        &mut self,
        (evidence, found): &(Option<Evidence>, Result<T, Failure>),
    ) -> Result<T, Failure> {
        if let Some(evidence) = evidence {
            self.keep(evidence.clone());
        }
        found.clone()
    }
}

/// A name that no other run and no other check has.
pub(crate) fn unique_name() -> String {
    Uuid::new_v4().to_string()
}

/// The two tokens of one sign-in.
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

fn text_of(body: &Value, member: &str) -> Result<String, Failure> {
    match body[member].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => cannot_tell(format!("no token to go on with: there is no `{member}`")),
    }
}

fn lent(user: Option<&User>) -> Result<User, Failure> {
    user.cloned().map_or_else(|| cannot_tell("needs the login of a user"), Ok)
}

pub(crate) type Fetched<T> = (Option<Evidence>, Result<T, Failure>);

pub(crate) async fn fetch(
    session: &Session,
    request: Request,
) -> (Option<Evidence>, Result<Answer, Failure>) {
    let (evidence, answer) = session.exchange(&request).await;
    (Some(evidence), answer)
}

async fn fetch_tokens(session: &Session) -> Fetched<Tokens> {
    let Credentials { client_id, client_secret } = match session.credentials() {
        Ok(credentials) => credentials,
        Err(failure) => return (None, Err(failure)),
    };
    let request =
        Request::new("POST", session.url(TOKEN_PATH)).basic(client_id, client_secret).form(GRANT);
    let (evidence, answer) = fetch(session, request).await;
    (evidence, answer.and_then(tokens_of))
}

/// The tokens of an answer. Only the access token must be there: the rest has checks of its own.
fn tokens_of(answer: Answer) -> Result<Tokens, Failure> {
    let body = answer.ok_json()?;
    match body["access_token"].as_str() {
        Some(access) => Ok(Tokens { access: access.to_owned(), answer, body }),
        None => unmet("the answer has no `access_token`"),
    }
}

async fn fetch_discovery(session: &Session) -> Fetched<Value> {
    let request = Request::new("GET", session.url(DISCOVERY_PATH));
    let (evidence, answer) = fetch(session, request).await;
    (evidence, answer.and_then(|answer| answer.ok_json()).and_then(object))
}

fn object(value: Value) -> Result<Value, Failure> {
    if value.is_object() { Ok(value) } else { unmet("the body is no JSON object") }
}

async fn fetch_keys(session: &Session, url: String) -> Fetched<Vec<Value>> {
    let (evidence, answer) = fetch(session, Request::new("GET", url)).await;
    (evidence, answer.and_then(|answer| key_list(&answer)))
}

/// The tenant that owns the API client of an access token (CONTRACT 3.5).
pub(crate) fn own_tenant(token: &str) -> Option<String> {
    let claims = Jwt::read(token).ok()?.claims;
    claims["owner_tuid"].as_str().map(str::to_owned)
}

/// The roles that the policies of an access token name (CONTRACT 3.5).
pub(crate) fn roles(token: &str) -> Vec<String> {
    let claims = Jwt::read(token).map(|token| token.claims).unwrap_or_default();
    let policies = claims["scope"].as_array().map(Vec::as_slice).unwrap_or_default();
    policies.iter().filter_map(|policy| policy["role"].as_str().map(str::to_owned)).collect()
}

/// Whether a role is one that opens the Task Manager (CONTRACT 8.5).
pub(crate) fn is_of_task_manager(role: &str) -> bool {
    matches!(role, "viewer" | "admin")
}

/// The members of a key set (CONTRACT 6.4).
pub(crate) fn key_list(answer: &Answer) -> Result<Vec<Value>, Failure> {
    match answer.ok_json()?["keys"].as_array() {
        Some(keys) => Ok(keys.clone()),
        None => unmet("the body has no array `keys`"),
    }
}

async fn try_wrong_secret(session: &Session) -> Fetched<Answer> {
    let client_id = match session.credentials() {
        Ok(credentials) => &credentials.client_id,
        Err(failure) => return (None, Err(failure)),
    };
    let request =
        Request::new("POST", session.url(TOKEN_PATH)).basic(client_id, WRONG_SECRET).form(GRANT);
    fetch(session, request).await
}

impl Session {
    /// Whether the discovery document has a text `member`.
    pub(crate) async fn discovery_names(&self, member: &str) -> bool {
        let (_, found) = self.shared_discovery().await;
        found.as_ref().is_ok_and(|document| document[member].is_string())
    }

    /// The discovery document, asked for once.
    pub(crate) async fn shared_discovery(&self) -> &Fetched<Value> {
        self.discovery.get_or_init(|| fetch_discovery(self)).await
    }

    /// The tokens that all checks share, asked for once.
    pub(crate) async fn shared_tokens(&self) -> &Fetched<Tokens> {
        self.tokens.get_or_init(|| fetch_tokens(self)).await
    }
}
