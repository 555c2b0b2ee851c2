//! A request as a check words it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What the platform's guide tells clients to send (CONTRACT 2.1).
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Body,
    /// The user and the password behind an ordinary Basic header.
    pub(crate) basic: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    None,
    Bytes(Vec<u8>),
    /// `prefix`, then as many letters `a`.
    Filler {
        prefix: &'static str,
        bytes: usize,
    },
}

impl Body {
    pub(crate) fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Filler { prefix, bytes } => {
                let mut body = prefix.as_bytes().to_vec();
                body.resize(prefix.len() + bytes, b'a');
                Some(body)
            }
        }
    }
}

impl Request {
    pub(crate) fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::None,
            basic: None,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn basic(mut self, user: &str, password: &str) -> Self {
        self.basic = Some((user.to_owned(), password.to_owned()));
        self.header("authorization", format!("Basic {}", basic_value(user, password)))
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// The same of a caller who does not say who it is.
    pub(crate) fn anonymous(mut self) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        self.basic = None;
        self
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.header("content-type", FORM).body(body)
    }

    /// A JSON body, with its Content-Type.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    pub(crate) fn filler(mut self, prefix: &'static str, bytes: usize) -> Self {
        self.body = Body::Filler { prefix, bytes };
        self
    }
}

/// What follows the scheme in a Basic header.
pub(crate) fn basic_value(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

/// A form of these names and values.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
