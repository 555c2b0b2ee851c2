//! One request and what came of it, fit to be printed.

use serde::Serialize;

use crate::answer::Answer;
use crate::request::Request;
use crate::secrets::Redaction;

/// Characters of a body that evidence keeps.
const MAX_SHOWN: usize = 2_000;

/// One request and what came of it. No secret and no whole token is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// What was sent.
    pub request: Sent,
    /// What came back, if anything did.
    pub response: Option<Received>,
    /// Why nothing came back, or not all of it.
    pub error: Option<String>,
}

/// The request of an [`Exchange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The method, such as `POST`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers that the check set, names and values.
    pub headers: Vec<(String, String)>,
    /// The body as text, cut when long.
    pub body: Option<String>,
}

/// The answer of an [`Exchange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// The headers, names and values.
    pub headers: Vec<(String, String)>,
    /// The body as text, cut when long.
    pub body: String,
}

impl Sent {
    pub(crate) fn record(request: &Request, redaction: &Redaction) -> Self {
        let headers = request.headers.iter().map(|(name, value)| {
            (name.clone(), redaction.header(name, &String::from_utf8_lossy(value)))
        });
        Self {
            method: request.method.clone(),
            url: redaction.text(&request.url),
            headers: headers.collect(),
            body: request.body.to_bytes().map(|bytes| shown(&bytes, redaction)),
        }
    }
}

impl Received {
    pub(crate) fn record(answer: &Answer, redaction: &Redaction) -> Self {
        let headers = answer.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), redaction.header(name.as_str(), &value))
        });
        Self {
            status: answer.status,
            headers: headers.collect(),
            body: shown(&answer.body, redaction),
        }
    }
}

/// A body as evidence shows it: redacted whole, so that a cut can't bare a half, then cut.
pub(crate) fn shown(body: &[u8], redaction: &Redaction) -> String {
    let text = redaction.text(&String::from_utf8_lossy(body));
    match text.char_indices().nth(MAX_SHOWN) {
        Some((cut, _)) => format!("{}… ({} bytes in all)", &text[..cut], body.len()),
        None => text,
    }
}
