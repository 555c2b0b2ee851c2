//! What is counted, in the text format of Prometheus.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use http::StatusCode;

use super::Record;
use crate::redaction::Content;

/// The route of requests whose path has none: their paths are without number.
const NO_ROUTE: &str = "none";

/// Counts since the start.
#[derive(Default)]
pub(super) struct Tally {
    requests: BTreeMap<(Arc<str>, u16), u64>,
    refusals: BTreeMap<Arc<str>, u64>,
    tokens_issued: u64,
}

impl Tally {
    pub(super) fn count(&mut self, record: &Record) {
        let status = record.outcome.status;
        let route = record.outcome.route.clone().unwrap_or_else(|| NO_ROUTE.into());
        *self.requests.entry((route, status.as_u16())).or_default() += 1;
        if status.is_client_error() || status.is_server_error() {
            *self.refusals.entry(class(record)).or_default() += 1;
        }
        if status == StatusCode::OK && issues_a_token(record) {
            self.tokens_issued += 1;
        }
    }

    pub(super) fn text(&self, size: usize, dropped: u64) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let requests: Vec<_> = self.requests.iter().map(by_route).collect();
        let help = "Requests by route and status, those of the control API aside.";
        family("gatepass_requests_total", "counter", help, &requests);
        let refusals: Vec<_> = self.refusals.iter().map(by_reason).collect();
        let help = "Refused requests by the error that they were told.";
        family("gatepass_refusals_total", "counter", help, &refusals);
        let plain = |value| [(String::new(), value)];
        let help = "Access tokens issued.";
        family("gatepass_tokens_issued_total", "counter", help, &plain(self.tokens_issued));
        let help = "Exchanges in the journal.";
        family("gatepass_journal_entries", "gauge", help, &plain(size as u64));
        let help = "Exchanges that the journal had no room for.";
        family("gatepass_journal_dropped_total", "counter", help, &plain(dropped));
        text
    }
}

fn by_route(((route, status), count): (&(Arc<str>, u16), &u64)) -> (String, u64) {
    (format!("{{route=\"{}\",status=\"{status}\"}}", escaped(route)), *count)
}

fn by_reason((reason, count): (&Arc<str>, &u64)) -> (String, u64) {
    (format!("{{reason=\"{}\"}}", escaped(reason)), *count)
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The error code of a token error (CONTRACT 4.1), or what the status is called.
fn class(record: &Record) -> Arc<str> {
    let code = match &record.response.content {
        Content::Json(text) => token_error(text),
        Content::Empty | Content::Form(_) | Content::Text(_) | Content::LeftOut(_) => None,
    };
    let status = record.outcome.status.canonical_reason().unwrap_or("other");
    code.map_or_else(|| status.to_lowercase().replace(' ', "_").into(), Into::into)
}

fn token_error(body: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Body {
        error: String,
    }
    let Body { error } = serde_json::from_str(body).ok()?;
    let is_code =
        error.len() <= 40 && error.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    is_code.then_some(error)
}

fn issues_a_token(record: &Record) -> bool {
    match &record.response.content {
        Content::Json(text) => text.contains("\"access_token\":"),
        Content::Empty | Content::Form(_) | Content::Text(_) | Content::LeftOut(_) => false,
    }
}
