//! An answer with the request that it answers, and expectations of it.

use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

use crate::truth;

/// A whole answer.
pub struct Answer {
    method: Method,
    url: Url,
    version: http::Version,
    status: u16,
    headers: http::HeaderMap,
    body: String,
}

impl Answer {
    pub(crate) async fn read(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = client.execute(request).await?;
        Ok(Self {
            method,
            url,
            version: response.version(),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        })
    }

    /// Expects what the `OpenAPI` document says of the request.
    pub(crate) fn assert_documented(&self) {
        truth::assert_documented(self.method.as_str(), self.url.path(), self);
    }

    /// The version of HTTP that it came in.
    pub fn version(&self) -> http::Version {
        self.version
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body as text.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// A header; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}\n{self}"))
    }

    /// What a JSON pointer leads to; null when there is nothing.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// The text that a JSON pointer leads to.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        let value = self.at(pointer);
        value.as_str().unwrap_or_else(|| panic!("no text at {pointer}\n{self}")).to_owned()
    }

    /// The names of the members of the body, in order.
    #[track_caller]
    pub fn members(&self) -> Vec<String> {
        self.json()
            .as_object()
            .unwrap_or_else(|| panic!("no object\n{self}"))
            .keys()
            .cloned()
            .collect()
    }

    /// Expects a status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Expects a header.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        assert_eq!(self.header(name), value, "header {name}\n{self}");
        self
    }

    /// Expects what a JSON pointer leads to.
    #[track_caller]
    pub fn assert_at(&self, pointer: &str, value: impl Into<Value>) -> &Self {
        assert_eq!(self.at(pointer), value.into(), "at {pointer}\n{self}");
        self
    }

    /// Expects the API error envelope with the status as its code (CONTRACT 4.1).
    #[track_caller]
    pub fn assert_api_error(&self, status: u16) -> &Self {
        self.assert_status(status)
            .assert_header("content-type", "application/json; charset=utf-8")
            .assert_at("/error/code", status)
            .assert_at("/error/domain", "PlatformAccountServer");
        assert!(!self.text_at("/error/message").is_empty(), "{self}");
        assert!(!self.text_at("/error/details/info").is_empty(), "{self}");
        self
    }

    /// Expects a token error (CONTRACT 4.1).
    #[track_caller]
    pub fn assert_token_error(&self, status: u16, error: &str) -> &Self {
        self.assert_status(status)
            .assert_header("content-type", "application/json; charset=utf-8")
            .assert_header("cache-control", "no-store")
            .assert_at("/error", error);
        assert!(!self.text_at("/error_description").is_empty(), "{self}");
        self
    }

    /// Expects a Task Manager error (CONTRACT 4.1).
    #[track_caller]
    pub fn assert_task_error(&self, status: u16, domain: &str, code: &str) -> &Self {
        self.assert_status(status)
            .assert_header("content-type", "application/json; charset=utf-8")
            .assert_at("/domain", domain)
            .assert_at("/code", code)
            .assert_at("/reason", code)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {}\n{}\n{:#?}\n{}",
            self.method, self.url, self.status, self.headers, self.body
        )
    }
}
