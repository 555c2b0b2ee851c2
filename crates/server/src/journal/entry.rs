//! An exchange as it is shown.

use gatepass_protocol::ClientId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Record, record::Message};
use crate::{
    exchange::microseconds,
    redaction::{Content, TokenUsed, expand},
};

/// One request and its answer, without a secret: of tokens it has header, claims and the first and
/// last 4 characters.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JournalEntry {
    /// Counted from 1, over all API clients: the cursor.
    #[serde(rename = "seq")]
    pub number: u64,
    /// When the request came, on the clock of its API client.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The parameters of the query string; an array where a name comes again.
    pub query: Option<Map<String, Value>>,
    /// The path's pattern in the route table, or the path itself where it has none.
    pub route: String,
    /// The API client that signed in or called.
    pub client_id: Option<ClientId>,
    /// The address that the request came from.
    pub peer: std::net::IpAddr,
    /// What was asked.
    pub request: RecordedMessage,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What was answered.
    pub response: RecordedMessage,
    /// From the request's arrival to its answer, in microseconds; 0 where the clock is frozen.
    #[serde(rename = "duration_us", serialize_with = "microseconds")]
    #[schemars(with = "u64")]
    pub duration: std::time::Duration,
    /// What was decided, and why.
    pub decision: Option<String>,
    /// The case that played.
    pub case: Option<String>,
    /// The token that the request was made with or is about.
    pub token: Option<TokenUsed>,
}

/// Headers and body of a request or an answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecordedMessage {
    /// Header names in lower case; an array where a name comes again.
    pub headers: Map<String, Value>,
    /// How many bytes the body had.
    pub body_size: usize,
    /// The body: JSON as it is, a form as an object, else text; `{"left_out": "why"}` where it
    /// could not be searched for secrets.
    pub body: Value,
}

impl JournalEntry {
    pub(crate) fn of(record: &Record) -> Self {
        let time = record.outcome.time;
        let owned = |text: &std::sync::Arc<str>| text.as_ref().to_owned();
        Self {
            number: record.number,
            time,
            method: record.method.to_string(),
            path: owned(&record.path),
            query: record.query.as_deref().map(|query| pairs(query, time)),
            route: record.route().to_owned(),
            client_id: record.outcome.client_id,
            peer: record.peer,
            request: RecordedMessage::of(&record.request, time),
            status: record.outcome.status.as_u16(),
            response: RecordedMessage::of(&record.response, time),
            duration: record.outcome.duration,
            decision: record.outcome.decision.as_ref().map(owned),
            case: record.outcome.case.as_ref().map(owned),
            token: record.token.as_deref().and_then(|token| expand(token, Some(time))),
        }
    }
}

impl RecordedMessage {
    fn of(message: &Message, time: Timestamp) -> Self {
        let headers = message.headers().map(|(name, value)| (name.to_owned(), Value::from(value)));
        let body = match &message.content {
            Content::Empty => Value::Null,
            Content::Json(text) => serde_json::from_str(text).unwrap_or_default(),
            Content::Form(text) => Value::Object(raw_pairs(text)),
            Content::Text(text) => Value::from(text.as_ref()),
            Content::LeftOut(reason) => json!({ "left_out": reason }),
        };
        Self { headers: collected(headers), body_size: message.size, body: readable(body, time) }
    }
}

fn pairs(encoded: &str, time: Timestamp) -> Map<String, Value> {
    raw_pairs(encoded).into_iter().map(|(name, value)| (name, readable(value, time))).collect()
}

fn raw_pairs(encoded: &str) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(encoded.as_bytes());
    collected(pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))))
}

/// An object; values of one name become an array.
fn collected(pairs: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in pairs {
        match object.get_mut(&name) {
            None => drop(object.insert(name, value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    object
}

/// Stripped tokens in words.
fn readable(value: Value, time: Timestamp) -> Value {
    match value {
        Value::String(text) => match expand(&text, Some(time)) {
            Some(token) => serde_json::to_value(token).unwrap_or_default(),
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| readable(item, time)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, readable(value, time))).collect()
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}
