//! A small server that is right, and can be bent.

pub(crate) mod tasks;
pub(crate) mod tokens;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass_conformance::{Credentials, Report, Suite, Target};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";
pub(crate) const DISABLED_ID: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const DISABLED_SECRET: &str = "d15ab1edd15ab1edd15ab1edd15ab1ed";
pub(crate) const POST_ID: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const POST_SECRET: &str = "9057c1ie9057c1ie9057c1ie9057c1ie";
pub(crate) const FOREIGN_ID: &str = "44444444-4444-4444-8444-444444444444";
pub(crate) const TENANT_ID: &str = "55555555-5555-4555-8555-555555555555";

const MAX_BODY: usize = 4 * 1024 * 1024;

/// What was asked.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn authorization(&self) -> &str {
        self.header("authorization")
    }

    /// User and password of a Basic header.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let (scheme, value) = self.authorization().split_once(' ')?;
        let decoded = STANDARD.decode(value.trim_start()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        scheme.eq_ignore_ascii_case("basic").then(|| (user.to_owned(), password.to_owned()))
    }

    pub(crate) fn is_from(&self, user: &str) -> bool {
        self.basic().is_some_and(|(given, _)| given == user)
    }
}

/// What is answered, before it is sent.
#[derive(Clone)]
pub(crate) struct Answered {
    /// Which of the answers it is, for those who bend it.
    pub(crate) kind: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) json: Value,
    /// Sent instead of `json`.
    pub(crate) text: Option<String>,
}

impl Answered {
    pub(crate) fn new(kind: &'static str, status: u16, json: Value) -> Self {
        let headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("date", tokens::DATE.to_owned()),
        ];
        Self { kind, status, headers, json, text: None }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.drop(name);
        self.headers.push((name, value.to_owned()));
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn drop(&mut self, name: &str) {
        self.headers.retain(|(known, _)| *known != name);
    }

    pub(crate) fn remove(&mut self, member: &str) {
        self.json.as_object_mut().expect("the answer is an object").remove(member);
    }

    /// A line feed at the end of the body.
    pub(crate) fn end_line(&mut self) {
        self.text = Some(format!("{}\n", self.json));
    }

    fn into_response(self) -> Response<Body> {
        let body = self.text.unwrap_or_else(|| self.json.to_string());
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status.try_into().unwrap();
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).unwrap();
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

/// A defect: looks at what was asked and bends what is answered.
pub(crate) type Bend = fn(&World, &Asked, &mut Answered);

/// The server's state.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) issued: Mutex<HashSet<String>>,
    counter: AtomicU32,
    bend: Bend,
}

/// Starts a right server, which `bend` makes wrong.
pub(crate) async fn serve(bend: Bend) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world =
        World { url: url.clone(), issued: Mutex::default(), counter: AtomicU32::new(0), bend };
    let app = Router::new().fallback(handle).with_state(Arc::new(world));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Target::new(&url)
        .unwrap()
        .with_credentials(Credentials::new(CLIENT_ID, SECRET))
        .with_disabled_client(Credentials::new(DISABLED_ID, DISABLED_SECRET))
        .with_post_client(Credentials::new(POST_ID, POST_SECRET))
        .with_foreign_client_id(FOREIGN_ID.to_owned())
}

pub(crate) fn right(_: &World, _: &Asked, _: &mut Answered) {}

/// Runs the checks that `names` name, all if none.
pub(crate) async fn check(target: &Target, names: &[&str]) -> Report {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Suite::default().only(&names).unwrap().run(target).await.unwrap()
}

async fn handle(State(world): State<Arc<World>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let mut answered = world.answer(&asked);
    (world.bend)(&world, &asked, &mut answered);
    answered.into_response()
}

impl World {
    fn answer(&self, asked: &Asked) -> Answered {
        match asked.path.as_str() {
            "/_gatepass/health" => Answered::new("health", 200, json!({"product": "gatepass"})),
            "/_gatepass/tokens" => self.minted(),
            "/.well-known/openid-configuration" => self.discovery(),
            "/idp/keys" | "/api/idp/v1/keys" => Answered::new("keys", 200, tokens::key_set()),
            "/api/2/idp/token" | "/bc/idp/token" | "/idp/token" => self.token(asked),
            path if path.starts_with("/api/2/") => self.client(asked),
            path if path.starts_with("/api/task_manager/v2/") => self.tasks(asked),
            _ => api_error(404),
        }
    }

    fn discovery(&self) -> Answered {
        let at = |path: &str| format!("{}{path}", self.url);
        let document = json!({
            "issuer": at("/bc"),
            "authorization_endpoint": at("/idp/authorize"),
            "token_endpoint": at("/idp/token"),
            "introspection_endpoint": at("/idp/introspect_token"),
            "jwks_uri": at("/idp/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        Answered::new("discovery", 200, document)
    }

    /// Refuses what has no token of this server, in the words of every API.
    fn gate(&self, asked: &Asked) -> Option<Answered> {
        let token = asked
            .authorization()
            .split_once(' ')
            .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then_some(token));
        let is_issued = token.is_some_and(|token| self.issued.lock().unwrap().contains(token));
        (!is_issued).then(|| api_error(401).with("www-authenticate", "Bearer"))
    }

    fn client(&self, asked: &Asked) -> Answered {
        if let Some(refusal) = self.gate(asked) {
            return refusal;
        }
        match asked.path.strip_prefix("/api/2/clients/") {
            Some(CLIENT_ID) => own_client(),
            Some(FOREIGN_ID) => api_error(403),
            _ => api_error(404),
        }
    }
}

pub(crate) fn own_client() -> Answered {
    let client = json!({
        "client_id": CLIENT_ID,
        "tenant_id": TENANT_ID,
        "client_secret_expires_at": 0,
        "type": "api_client",
        "token_endpoint_auth_method": "client_secret_basic",
        "created_at": "2026-01-01T00:00:00+00:00",
        "created_by": TENANT_ID,
        "last_access_at": null,
        "last_access_from_ip": null,
        "status": "enabled",
    });
    Answered::new("client", 200, client)
}

pub(crate) fn api_error(status: u16) -> Answered {
    let error = json!({"code": status, "domain": "PlatformAccountServer", "message": "No.",
        "details": {"info": null}, "context": {}});
    Answered::new("api-error", status, json!({"error": error}))
}
