//! A reverse proxy before the platform: under a path of its own, or one that changes answers.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http_client;

/// Headers that are about one connection, or that the next message has of its own.
const OF_THE_CONNECTION: [header::HeaderName; 4] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::HOST, header::TRANSFER_ENCODING];

/// What a proxy does between its callers and the platform.
#[derive(Debug, Clone, Default)]
pub struct Proxy {
    /// The path under which the platform is seen, such as `/eu2`.
    pub prefix: &'static str,
    /// Adds members that nobody knows to each object of a JSON answer.
    pub adds_members: bool,
    /// Repeats what was asked, with its secrets, in a header and in each JSON object.
    pub gossips: bool,
    /// Answers this instead of 200.
    pub success: Option<u16>,
    /// Hides the control API, so that nobody can tell a Gatepass.
    pub hides_control: bool,
}

struct Between {
    proxy: Proxy,
    address: SocketAddr,
    upstream: String,
    http: Client,
}

impl Proxy {
    /// Starts it before the platform at `upstream`; gives the URL under which it is seen.
    pub async fn start(self, upstream: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}{}", self.prefix);
        let http = http_client(None).build().unwrap();
        let between = Between { proxy: self, address, upstream, http };
        let app = Router::new().fallback(pass_on).with_state(Arc::new(between));
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }
}

async fn pass_on(State(between): State<Arc<Between>>, request: Request) -> Response<Body> {
    let proxy = &between.proxy;
    let Some(path) = path_below(request.uri(), proxy.prefix) else {
        return status(StatusCode::NOT_FOUND);
    };
    if proxy.hides_control && path.starts_with("/_gatepass") {
        return status(StatusCode::NOT_FOUND);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return status(StatusCode::BAD_REQUEST);
    };
    let said = proxy.gossips.then(|| said(&parts.headers, &body));
    let mut asked = between
        .http
        .request(parts.method, format!("{}{path}", between.upstream))
        .headers(passed(&parts.headers))
        .header("x-forwarded-host", between.address.to_string())
        .body(body);
    if !proxy.prefix.is_empty() {
        asked = asked.header("x-forwarded-prefix", proxy.prefix);
    }
    match asked.send().await {
        Err(_) => status(StatusCode::BAD_GATEWAY),
        Ok(answer) => {
            let (mut code, mut headers) = (answer.status(), passed(answer.headers()));
            let mut body = answer.bytes().await.unwrap_or_default();
            if proxy.adds_members {
                body = with_members(body);
            }
            if let Some(said) = said {
                headers.insert("x-said", said.parse().unwrap());
                body = with_gossip(body, &said);
            }
            if let (true, Some(success)) = (code.is_success(), proxy.success) {
                code = StatusCode::from_u16(success).unwrap();
            }
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = code;
            *response.headers_mut() = headers;
            response
        }
    }
}

fn path_below(uri: &Uri, prefix: &str) -> Option<String> {
    uri.path_and_query()?.as_str().strip_prefix(prefix).map(str::to_owned)
}

fn passed(headers: &HeaderMap) -> HeaderMap {
    let mut passed = headers.clone();
    for name in OF_THE_CONNECTION {
        passed.remove(name);
    }
    passed
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// All that a caller said, as text that a header can hold.
fn said(headers: &HeaderMap, body: &[u8]) -> String {
    let authorization = headers.get(header::AUTHORIZATION).map_or(&b""[..], |it| it.as_bytes());
    let basic = String::from_utf8_lossy(authorization);
    let decoded = basic.split_once(' ').and_then(|(_, coded)| STANDARD.decode(coded).ok());
    let decoded = decoded.unwrap_or_default();
    let parts = [authorization, b" ", &decoded, b" ", body].concat();
    let text = String::from_utf8_lossy(&parts).into_owned();
    text.chars().filter(|next| (' '..='~').contains(next)).take(9_000).collect()
}

fn with_gossip(body: Bytes, said: &str) -> Bytes {
    match serde_json::from_slice(&body) {
        Ok(Value::Object(mut members)) => {
            members.insert("said".to_owned(), said.into());
            Value::Object(members).to_string().into()
        }
        _ => body,
    }
}

fn with_members(body: Bytes) -> Bytes {
    match serde_json::from_slice(&body) {
        Err(_) => body,
        Ok(mut value) => {
            add_members(&mut value);
            value.to_string().into()
        }
    }
}

fn add_members(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_members),
        Value::Object(members) => {
            members.values_mut().for_each(add_members);
            members.insert("of_a_newer_release".to_owned(), json!({"since": 2027}));
        }
        _ => {}
    }
}
