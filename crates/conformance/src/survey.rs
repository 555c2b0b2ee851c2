//! An answer of each route, for what is promised of all of them: to requests that are in order, and
//! to such as are refused. They are asked for once in a run.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Verdict, require};
use crate::evidence::Evidence;
use crate::jwt::Jwt;
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{
    ACTIVITIES_PATH, BC_TOKEN_PATH, DISCOVERY_PATH, GRANT, INTROSPECT_PATH, Probe, REVOKE_PATH,
    TASKS_PATH, TOKEN_PATH, UNKNOWN_ID, own_tenant,
};
use crate::request::{Request, form};
use crate::schema::{self, Schema};
use crate::session::Session;

/// A number that no task has, for they count up from the first (CONTRACT 8.3).
const UNKNOWN_TASK: &str = "999999999999999998";

/// One answer.
pub(crate) struct Sample {
    method: String,
    /// The path and the query.
    target: String,
    path: String,
    /// The path with a star for each ID.
    route: String,
    shown: Shown,
    pub(crate) answer: Answer,
    evidence: Evidence,
}

/// What a caller showed of who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// No token, a forged one or one that is for something else, where a good one is due.
    NoGoodToken,
    /// One that was revoked.
    RevokedToken,
    Whatever,
}

impl Sample {
    fn new(
        session: &Session,
        request: &Request,
        shown: Shown,
        (evidence, answer): (Evidence, Answer),
    ) -> Self {
        let path = request.url.strip_prefix(&session.url("")).unwrap_or_default();
        let bare = path.split('?').next().unwrap_or_default();
        let is_id = |segment: &&str| {
            let is_number = !segment.is_empty() && segment.bytes().all(|it| it.is_ascii_digit());
            segment.len() == UNKNOWN_ID.len() || is_number && segment.len() > 1
        };
        let starred = bare.split('/').map(|segment| if is_id(&segment) { "*" } else { segment });
        Self {
            method: request.method.clone(),
            target: path.to_owned(),
            path: bare.to_owned(),
            route: starred.collect::<Vec<_>>().join("/"),
            shown,
            answer,
            evidence,
        }
    }

    /// Whether the route takes a token, and was shown none that ever was good.
    pub(crate) fn is_without_token(&self) -> bool {
        self.shown == Shown::NoGoodToken
    }

    /// Whether the route takes a token, and was shown one that was revoked.
    pub(crate) fn is_with_revoked_token(&self) -> bool {
        self.shown == Shown::RevokedToken
    }

    /// Whether it is the client that authenticates there, and no token (CONTRACT 2.3, 6.1).
    pub(crate) fn is_of_a_client(&self) -> bool {
        self.path.ends_with("/idp/token") || self.path == REVOKE_PATH
    }

    /// Whether the body is JSON, whatever it is called.
    pub(crate) fn is_json(&self) -> bool {
        self.answer.json().is_ok()
    }

    /// Met when a refusal has the form of the errors of its API (CONTRACT 4.1).
    pub(crate) fn is_in_form(&self) -> Verdict {
        let status = self.answer.status;
        match &*self.path {
            path if path.ends_with("/idp/token") => {
                schema::judge(Schema::TokenError, &self.answer.json()?)
            }
            REVOKE_PATH => schema::judge(Schema::RevokeError, &self.answer.json()?),
            path if path.starts_with("/api/task_manager/") || path.starts_with("/api/2/") => {
                self.answer.error_of(path, status)
            }
            _ => Ok(()),
        }
    }

    /// Whether the contract says in which form it is refused: 400, 401 and 403 of each API, and
    /// 404 and 415 of the Account Management API (CONTRACT 4.1, 5.6).
    pub(crate) fn is_refused_in_a_form(&self) -> bool {
        match self.answer.status {
            400 | 401 | 403 => true,
            404 | 415 => self.path.starts_with("/api/2/") && !self.path.contains("/idp/"),
            _ => false,
        }
    }
}

impl Probe {
    /// Judges each answer that `concerns` a check. What the target does not have is left out.
    pub(crate) async fn judge_survey(
        &mut self,
        concerns: impl Fn(&Sample) -> bool,
        judge: impl Fn(&Sample) -> Verdict,
    ) -> Verdict {
        let session = self.shared_session();
        let samples = session.survey.get_or_init(|| survey(&session)).await;
        let succeeded: Vec<_> = samples
            .iter()
            .filter(|sample| (200..300).contains(&sample.answer.status))
            .map(|sample| (&sample.method, &sample.route))
            .collect();
        for sample in samples {
            let Sample { method, route, .. } = sample;
            // What is refused for want of a token has to be there for who has one.
            let is_offered = |offered: &&(_, _)| {
                offered.1 == route && (offered.0 == method || sample.shown == Shown::Whatever)
            };
            let is_absent = matches!(sample.answer.status, 404 | 405 | 501)
                && !succeeded.iter().any(|offered| is_offered(&offered));
            if is_absent || !concerns(sample) {
                continue;
            }
            if let Err(failure) = judge(sample) {
                self.keep(sample.evidence.clone());
                return Err(failure.of(&format!("{} {}", sample.method, sample.target)));
            }
        }
        require(!samples.is_empty(), || "no request got an answer".to_owned())
    }
}

/// Asks for all. What gets no answer is for other checks to say.
async fn survey(session: &Session) -> Vec<Sample> {
    let token = session.access_token().await;
    let tenant = token.as_deref().and_then(own_tenant).unwrap_or_else(|| UNKNOWN_ID.to_owned());
    let mut requests = in_public(session);
    requests.extend(of_the_client(session));
    if let Some(token) = session.introspector_token().await {
        let request = Request::new("POST", session.url(INTROSPECT_PATH));
        requests.push(request.form("").bearer(&token));
    }
    let reading = reading(session, &tenant);
    let mut samples = Vec::new();
    for request in reading.iter().chain(&refused_to_strangers(session)) {
        samples.extend(ask(session, request, Shown::NoGoodToken).await);
    }
    if let Some(token) = &token {
        for (shown, token) in bad_tokens(session, token).await {
            for request in &reading {
                samples.extend(ask(session, &request.clone().bearer(&token), shown).await);
            }
        }
        let with_token = reading.into_iter().chain(refused(session));
        requests.extend(with_token.map(|request| request.bearer(token)));
        if !session.changes_are_forbidden() {
            samples.extend(changes(session, token, &tenant).await);
        }
    }
    for request in requests {
        let sample = ask(session, &request, Shown::Whatever).await;
        let item = sample.as_ref().and_then(|list| first_item(session, list));
        samples.extend(sample);
        if let (Some(item), Some(token)) = (item, &token) {
            samples.extend(ask(session, &item.bearer(token), Shown::Whatever).await);
        }
    }
    samples
}

/// Tokens that open nothing: a forged one, those that are for something else, a revoked one.
async fn bad_tokens(session: &Session, token: &str) -> Vec<(Shown, String)> {
    let mut tokens = Vec::new();
    if let Ok(forged) = Jwt::read(token).and_then(|token| token.with_broken_signature()) {
        session.secrets.add_token(&forged, "ALTERED_TOKEN");
        tokens.push((Shown::NoGoodToken, forged));
    }
    let with_refresh = session.post_as_client(TOKEN_PATH, &format!("{GRANT}&scope=offline_access"));
    let (_, answer) = session.exchange(&with_refresh).await;
    let body: Value = answer.and_then(|answer| answer.json()).unwrap_or_default();
    for member in ["id_token", "refresh_token"] {
        let token = body[member].as_str().map(str::to_owned);
        tokens.extend(token.map(|token| (Shown::NoGoodToken, token)));
    }
    if !session.changes_are_forbidden() {
        tokens.extend(revoked_token(session).await.map(|token| (Shown::RevokedToken, token)));
    }
    tokens
}

async fn revoked_token(session: &Session) -> Option<String> {
    if session.found_missing(Need::Revocation).await.is_some() {
        return None;
    }
    let token = session.fresh_token().await?;
    let request = session.post_as_client(REVOKE_PATH, &form(&[("token", &token)]));
    let (_, answer) = session.exchange(&request).await;
    answer.is_ok_and(|answer| answer.status == 200).then_some(token)
}

/// The request for the first item of a list of the Task Manager.
fn first_item(session: &Session, list: &Sample) -> Option<Request> {
    let is_list = matches!(&*list.path, TASKS_PATH | ACTIVITIES_PATH);
    let id = is_list.then(|| list.answer.json().ok()?["items"][0]["id"].as_u64()).flatten()?;
    Some(get(session, &format!("{}/{id}", list.path)))
}

async fn ask(session: &Session, request: &Request, shown: Shown) -> Option<Sample> {
    let (evidence, answer) = session.exchange(request).await;
    Some(Sample::new(session, request, shown, (evidence, answer.ok()?)))
}

fn get(session: &Session, path: &str) -> Request {
    Request::new("GET", session.url(path))
}

/// What takes no credentials, and what is refused for want of them.
fn in_public(session: &Session) -> Vec<Request> {
    let mut requests = vec![get(session, DISCOVERY_PATH), get(session, "/idp/keys")];
    for (path, body) in [
        (TOKEN_PATH, GRANT),
        (BC_TOKEN_PATH, GRANT),
        (REVOKE_PATH, "token=a"),
        (INTROSPECT_PATH, "token=a"),
    ] {
        requests.push(Request::new("POST", session.url(path)).form(body));
        requests.push(get(session, path));
    }
    if let Some(user) = &session.target.user {
        let query = form(&[("login", &user.login)]);
        requests.push(get(session, &format!("/api/1/accounts?{query}")));
    }
    requests
}

/// What the caller's API client asks by its own name.
fn of_the_client(session: &Session) -> Vec<Request> {
    let Ok(client) = session.credentials() else { return Vec::new() };
    let post = |path: &str| {
        let request = Request::new("POST", session.url(path));
        request.basic(&client.client_id, &client.client_secret)
    };
    vec![
        post(TOKEN_PATH).form(GRANT),
        post(TOKEN_PATH).form("grant_type="),
        post(TOKEN_PATH).json(&json!({})),
        post(BC_TOKEN_PATH).form(GRANT),
        post(BC_TOKEN_PATH).form("grant_type=magic"),
        post(REVOKE_PATH).form("token="),
        post(REVOKE_PATH).json(&json!({})),
    ]
}

/// What a token opens.
fn reading(session: &Session, tenant: &str) -> Vec<Request> {
    let client = session.credentials().map_or(UNKNOWN_ID, |client| &client.client_id);
    [
        format!("/api/2/clients/{client}"),
        format!("/api/2/clients?uuids={client}"),
        "/api/2/users/me".to_owned(),
        format!("/api/2/tenants/{tenant}"),
        format!("/api/2/tenants?uuids={tenant}"),
        format!("/api/2/tenants/{tenant}/children"),
        format!("{TASKS_PATH}?limit=1"),
        format!("{ACTIVITIES_PATH}?limit=1"),
    ]
    .iter()
    .map(|path| get(session, path))
    .collect()
}

/// What changes nothing, for nobody asks it who might.
fn refused_to_strangers(session: &Session) -> Vec<Request> {
    let client = format!("/api/2/clients/{UNKNOWN_ID}");
    let request = |method, path: &str| Request::new(method, session.url(path));
    vec![
        request("POST", "/api/2/clients").json(&json!({})),
        request("PUT", &client).json(&json!({})),
        request("DELETE", &client),
        request("POST", &format!("/api/2/tenants/{UNKNOWN_ID}/registration_tokens"))
            .json(&registration_order()),
        get(session, &format!("{TASKS_PATH}/{UNKNOWN_TASK}")),
        get(session, &format!("{ACTIVITIES_PATH}/{UNKNOWN_TASK}")),
    ]
}

/// What is refused with a token, too.
fn refused(session: &Session) -> Vec<Request> {
    [
        format!("/api/2/clients/{UNKNOWN_ID}"),
        format!("/api/2/tenants/{UNKNOWN_ID}"),
        "/api/2/tenants".to_owned(),
        "/api/2/no-such-endpoint".to_owned(),
        format!("{TASKS_PATH}/{UNKNOWN_TASK}"),
        format!("{ACTIVITIES_PATH}/{UNKNOWN_TASK}"),
        format!("{TASKS_PATH}?limit=none"),
        format!("{ACTIVITIES_PATH}?limit=none"),
    ]
    .iter()
    .map(|path| get(session, path))
    .collect()
}

/// What takes leave: an API client is made, changed, and its changes are refused.
async fn changes(session: &Session, token: &str, tenant: &str) -> Vec<Sample> {
    let order = order(tenant, "client_secret_basic");
    let (request, evidence, answer) = session.order_client(token, &order).await;
    let made = answer
        .ok()
        .map(|answer| Sample::new(session, &request, Shown::Whatever, (evidence, answer)));
    let id = made
        .as_ref()
        .and_then(|made| made.answer.json().ok()?["client_id"].as_str().map(str::to_owned));
    let mut samples: Vec<_> = made.into_iter().collect();
    let client = format!("/api/2/clients/{}", id.as_deref().unwrap_or(UNKNOWN_ID));
    let registration = format!("/api/2/tenants/{tenant}/registration_tokens");
    let request = |method, path: &str| Request::new(method, session.url(path)).bearer(token);
    for request in [
        request("PUT", &client)
            .json(&json!({"data": {"client_name": "Gatepass conformance check"}})),
        request("PUT", &client).json(&json!({"status": "no status"})),
        request("PUT", &client).form("status=enabled"),
        request("POST", "/api/2/clients").json(&json!({})),
        request("POST", "/api/2/clients").form("type=api_client"),
        request("POST", &registration).json(&registration_order()),
    ] {
        samples.extend(ask(session, &request, Shown::Whatever).await);
    }
    samples
}

/// The order for a registration token that is soon worth nothing (CONTRACT 1.5).
pub(crate) fn registration_order() -> Value {
    json!({"expires_in": 3_600, "scopes": ["urn:acronis.com:tenant-id::backup_agent_admin"]})
}
