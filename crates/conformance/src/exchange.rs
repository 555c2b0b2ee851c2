//! Evidence: one request and what came of it, fit to be printed.

use serde::Serialize;

use crate::request::Request;
use crate::secrets::Secrets;

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
    pub(crate) fn record(request: &Request, secrets: &Secrets) -> Self {
        let headers = request.headers.iter().map(|(name, value)| {
            (name.clone(), secrets.redact_header(name, &String::from_utf8_lossy(value)))
        });
        Self {
            method: request.method.clone(),
            url: secrets.redact(&request.url),
            headers: headers.collect(),
            body: request.body.to_bytes().map(|bytes| shown(&bytes, secrets)),
        }
    }
}

/// A body as evidence shows it: redacted whole, so that a cut can't bare a half, then cut.
pub(crate) fn shown(body: &[u8], secrets: &Secrets) -> String {
    let text = secrets.redact(&String::from_utf8_lossy(body));
    match text.char_indices().nth(MAX_SHOWN) {
        Some((cut, _)) => format!("{}… ({} bytes in all)", &text[..cut], body.len()),
        None => text,
    }
}
