//! Asking a mock through its control API.

use std::time::Duration;

use gatepass_client::{DataCenter, Secret};
use reqwest::{Certificate, Client, Method, StatusCode, Url, header::CONTENT_TYPE, redirect};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    environment,
    failure::{self, Failure},
};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A client for the mock at a data center URL; it trusts the authority in a PEM text alone, or those
/// of the system.
pub(crate) fn http_client(
    data_center: &DataCenter,
    url: &Url,
    authority: Option<&[u8]>,
) -> Result<Client, Failure> {
    let failure = |error: reqwest::Error| {
        Failure::unreachable(format!(
            "could not make an HTTP client: {}",
            failure::outer_and_root(&error)
        ))
    };
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("gatepass/", env!("CARGO_PKG_VERSION")));
    if data_center.is_loopback() {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Without this a container that has no certificates could not check its own health.
        builder = builder.tls_certs_only([]);
    } else if let Some(pem) = authority {
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(failure)?);
    }
    builder.build().map_err(failure)
}

/// Why `error` kept an answer from coming.
pub(crate) fn no_answer(error: &reqwest::Error) -> String {
    if error.is_timeout() { "no answer in time".to_owned() } else { failure::root(error) }
}

/// The control API of a mock.
pub(crate) struct ControlApi {
    data_center: DataCenter,
    key: Option<Secret>,
}

/// How the control API says no.
#[derive(Deserialize)]
struct Problem {
    error: String,
    hint: String,
}

impl ControlApi {
    pub(crate) fn new(data_center: DataCenter, key: Option<Secret>) -> Self {
        Self { data_center, key }
    }

    /// Asks `path` of it, with a JSON body if there is one: the object that it answers.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let url = self.data_center.url(&format!("/_gatepass/{path}"));
        let mut request = http_client(&self.data_center, &url, None)?.request(method, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal()); // It goes to the mock that it is for.
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| self.no_mock(&no_answer(&error)))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.no_mock(&no_answer(&error)))?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(answer)) if status == StatusCode::OK => Ok(answer),
            Ok(problem) if status != StatusCode::OK => {
                let problem = serde_json::from_value(problem);
                Err(problem.map_or_else(
                    |_| self.no_mock(&format!("it answers {status}")),
                    |problem| self.refused(status, problem),
                ))
            }
            _ => Err(self.no_mock(&match status {
                StatusCode::OK => "it is something else that answers".to_owned(),
                status => format!("it answers {status}"),
            })),
        }
    }

    fn no_mock(&self, reason: &str) -> Failure {
        Failure::unreachable(format!("no mock is ready at {}: {reason}", self.data_center))
    }

    fn refused(&self, status: StatusCode, problem: Problem) -> Failure {
        let Problem { error, hint } = problem;
        if status != StatusCode::UNAUTHORIZED {
            return Failure::failed(error).hint(hint);
        }
        let given = if self.key.is_some() { "is another" } else { "is not set" };
        Failure::usage(error).hint(format!(
            "{} {given}; set it to the key that the mock was started with",
            environment::CONTROL_KEY
        ))
    }
}
