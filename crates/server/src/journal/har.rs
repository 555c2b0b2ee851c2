//! HTTP Archive 1.2, which browsers' tools and HTTP debuggers open.

use serde_json::{Value, json};

use super::{Record, record::Message};
use crate::{journal::JournalEntry, redaction::Content};

/// The exchanges as one archive.
pub(crate) fn har<'a>(records: impl Iterator<Item = &'a Record>) -> Value {
    let creator = json!({ "name": "gatepass", "version": env!("CARGO_PKG_VERSION") });
    let entries: Vec<_> = records.map(entry).collect();
    json!({ "log": { "version": "1.2", "creator": creator, "entries": entries } })
}

fn entry(record: &Record) -> Value {
    let shown = JournalEntry::of(record);
    let milliseconds = record.outcome.duration.as_secs_f64() * 1000.0;
    json!({
        "startedDateTime": shown.time,
        "time": milliseconds,
        "request": request(record, &shown),
        "response": response(record, &shown),
        "cache": {},
        "timings": { "send": 0, "wait": milliseconds, "receive": 0 },
        "comment": shown.decision.unwrap_or_default(),
    })
}

fn request(record: &Record, shown: &JournalEntry) -> Value {
    let query = record.query.as_deref();
    let question = query.map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = json!({
        "method": shown.method,
        "url": format!("{}{}{question}", record.origin, shown.path),
        "httpVersion": format!("{:?}", record.version),
        "cookies": [],
        "headers": headers(&record.request),
        "queryString": query.map(parameters).unwrap_or_default(),
        "headersSize": -1,
        "bodySize": record.request.size,
    });
    if record.request.size > 0 {
        let mime_type = header(&record.request, "content-type").unwrap_or_default();
        let mut data = json!({ "mimeType": mime_type });
        match &record.request.content {
            Content::Form(form) => data["params"] = parameters(form).into(),
            _ => data["text"] = text(&shown.request.body).into(),
        }
        request["postData"] = data;
    }
    request
}

fn response(record: &Record, shown: &JournalEntry) -> Value {
    let mime_type = header(&record.response, "content-type").unwrap_or_default();
    json!({
        "status": shown.status,
        "statusText": record.outcome.status.canonical_reason().unwrap_or_default(),
        "httpVersion": format!("{:?}", record.version),
        "cookies": [],
        "headers": headers(&record.response),
        "content": {
            "size": record.response.size,
            "mimeType": mime_type,
            "text": text(&shown.response.body),
        },
        "redirectURL": header(&record.response, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": record.response.size,
    })
}

fn header<'a>(message: &'a Message, wanted: &str) -> Option<&'a str> {
    message.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

fn headers(message: &Message) -> Vec<Value> {
    message.headers().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn parameters(encoded: &str) -> Vec<Value> {
    let pairs = form_urlencoded::parse(encoded.as_bytes());
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn text(body: &Value) -> String {
    match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
