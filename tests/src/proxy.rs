//! A reverse proxy before the platform: under a path of its own, or one that changes answers.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri, header},
};
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
            let (code, headers) = (answer.status(), passed(answer.headers()));
            let body = answer.bytes().await.unwrap_or_default();
            let body = if proxy.adds_members { with_members(body) } else { body };
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
