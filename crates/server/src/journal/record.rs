//! What is kept of an exchange.

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use gatepass_protocol::ClientId;
use http::{
    Method, StatusCode, Version,
    header::HOST,
    request, response,
    uri::{Authority, Scheme},
};
use jiff::Timestamp;

use super::texts::Texts;
use crate::redaction::{self, Body, Content, Side};

/// A request, once its secrets are taken out.
pub(crate) struct Asked {
    method: Method,
    version: Version,
    origin: String,
    path: String,
    query: Option<String>,
    headers: String,
    body: Body,
    token: Option<String>,
    peer: IpAddr,
}

/// An answer, once its secrets are taken out.
pub(crate) struct Answered {
    headers: String,
    body: Body,
}

/// What came of a request, and why.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) time: Timestamp,
    /// The path's pattern in the route table; `None` where the path has none.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) status: StatusCode,
    pub(crate) duration: Duration,
    pub(crate) decision: Option<Arc<str>>,
    pub(crate) case: Option<Arc<str>>,
}

/// An exchange in the journal. Texts that repeat are shared.
#[derive(Debug)]
pub(crate) struct Record {
    /// Counted from 1: the cursor of listings.
    pub(crate) number: u64,
    pub(crate) method: Method,
    pub(crate) version: Version,
    /// Scheme, host and port that the caller used.
    pub(crate) origin: Arc<str>,
    pub(crate) path: Arc<str>,
    pub(crate) query: Option<Arc<str>>,
    pub(crate) peer: IpAddr,
    /// The access token of the request, stripped.
    pub(crate) token: Option<Arc<str>>,
    pub(crate) request: Message,
    pub(crate) outcome: Outcome,
    pub(crate) response: Message,
}

/// Headers, one a line, and a body.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) headers: Arc<str>,
    pub(crate) size: usize,
    pub(crate) content: Content<Arc<str>>,
}

impl Asked {
    pub(crate) fn new(parts: &request::Parts, body: &Bytes, peer: IpAddr, scheme: &Scheme) -> Self {
        let (headers, token) = redaction::headers(&parts.headers);
        let body = redaction::body(body, Side::Caller);
        let in_form = || match &body.content {
            Content::Form(form) => redaction::token_of_form(form),
            _ => None,
        };
        let token = token.or_else(in_form).filter(|token| token != redaction::REDACTED);
        Self {
            method: parts.method.clone(),
            version: parts.version,
            origin: format!("{scheme}://{}", redaction::scrub(host(parts))),
            path: redaction::scrub(parts.uri.path()).into_owned(),
            query: parts.uri.query().map(redaction::query),
            headers,
            body,
            token,
            peer,
        }
    }
}

/// The host that the caller named: in the request's target over HTTP/2, in `Host` before that.
fn host(parts: &request::Parts) -> &str {
    let in_target = parts.uri.authority().map(Authority::as_str);
    let in_header = || parts.headers.get(HOST)?.to_str().ok();
    in_target.or_else(in_header).unwrap_or("localhost")
}

impl Answered {
    pub(crate) fn new(parts: &response::Parts, body: &Bytes) -> Self {
        let (headers, _) = redaction::headers(&parts.headers);
        Self { headers, body: redaction::body(body, Side::Platform) }
    }

    /// An answer that is sent bit by bit.
    pub(crate) fn streamed(parts: &response::Parts) -> Self {
        Self::without_body(parts, 0, "sent bit by bit")
    }

    /// An answer in which a case repeats the caller's secrets, under whatever name.
    pub(crate) fn repeating(parts: &response::Parts, size: usize) -> Self {
        Self::without_body(parts, size, "a case repeats what was asked")
    }

    fn without_body(parts: &response::Parts, size: usize, reason: &'static str) -> Self {
        let (headers, _) = redaction::headers(&parts.headers);
        Self { headers, body: Body { size, content: Content::LeftOut(reason) } }
    }
}

impl Record {
    /// Puts an exchange together, of texts that are kept already where they are.
    pub(super) fn new(
        number: u64,
        asked: Asked,
        outcome: Outcome,
        answered: Answered,
        texts: &mut Texts,
    ) -> Self {
        let outcome = Outcome {
            route: outcome.route.map(|route| texts.share(route)),
            decision: outcome.decision.map(|decision| texts.share(decision)),
            ..outcome
        };
        Self {
            number,
            method: asked.method,
            version: asked.version,
            origin: texts.share(asked.origin),
            path: texts.share(asked.path),
            query: asked.query.map(|query| texts.share(query)),
            peer: asked.peer,
            token: asked.token.map(|token| texts.share(token)),
            request: Message::new(asked.headers, asked.body, texts),
            response: Message::new(answered.headers, answered.body, texts),
            outcome,
        }
    }

    /// How many bytes of text it holds, those that others hold too among them.
    pub(super) fn size(&self) -> usize {
        let optional = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        size_of::<Self>()
            + self.path.len()
            + optional(&self.query)
            + optional(&self.token)
            + optional(&self.outcome.decision)
            + self.request.size()
            + self.response.size()
    }

    /// The path's pattern, or the path where it has none.
    pub(crate) fn route(&self) -> &str {
        self.outcome.route.as_ref().unwrap_or(&self.path)
    }
}

impl Message {
    fn new(headers: String, body: Body, texts: &mut Texts) -> Self {
        let content = match body.content {
            Content::Empty => Content::Empty,
            Content::Json(text) => Content::Json(texts.share(text)),
            Content::Form(text) => Content::Form(texts.share(text)),
            Content::Text(text) => Content::Text(texts.share(text)),
            Content::LeftOut(reason) => Content::LeftOut(reason),
        };
        Self { headers: texts.share(headers), size: body.size, content }
    }

    fn size(&self) -> usize {
        let body = match &self.content {
            Content::Json(text) | Content::Form(text) | Content::Text(text) => text.len(),
            Content::Empty | Content::LeftOut(_) => 0,
        };
        self.headers.len() + body
    }

    /// Names and values, in order.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.lines().filter_map(|line| line.split_once(": "))
    }
}
