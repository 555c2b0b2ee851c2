//! What is told of each request and its answer.

use std::{sync::Arc, time::Duration};

use gatepass_protocol::ClientId;
use http::Method;
use serde::Serialize;

use crate::journal::Outcome;

/// One request and its answer, without a secret or a token: the line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// When the request came, on the platform's clock: RFC 3339.
    pub time: jiff::Timestamp,
    /// `info`, or `warn` where the answer is an error.
    pub level: Level,
    /// The method.
    pub method: String,
    /// The path's pattern in the route table, or the path itself where it has none.
    pub route: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// From the request's arrival to its answer, in microseconds; 0 where the clock is frozen.
    #[serde(rename = "duration_us", serialize_with = "microseconds")]
    pub duration: Duration,
    /// The API client that signed in or called.
    pub client_id: Option<ClientId>,
    /// The cases that played, with commas between.
    pub case: Option<String>,
    /// What was decided, and why.
    pub decision: Option<String>,
}

impl Exchange {
    pub(crate) fn of(outcome: &Outcome, method: &Method, path: &str) -> Self {
        let error = outcome.status.is_client_error() || outcome.status.is_server_error();
        Self {
            time: outcome.time,
            level: if error { Level::Warn } else { Level::Info },
            method: method.to_string(),
            route: outcome.route.as_deref().unwrap_or(path).to_owned(),
            status: outcome.status.as_u16(),
            duration: outcome.duration,
            client_id: outcome.client_id,
            case: outcome.case.as_deref().map(str::to_owned),
            decision: outcome.decision.as_deref().map(str::to_owned),
        }
    }
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The request was answered as asked.
    Info,
    /// The answer is an error.
    Warn,
}

/// Is told of each exchange, once it is over.
pub(crate) type Observer = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// What a handler decided, carried with the answer to the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decision {
    pub(crate) client_id: Option<ClientId>,
    pub(crate) reason: String,
}

pub(crate) fn microseconds<S: serde::Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
