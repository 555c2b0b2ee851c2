//! Calls of the platform's APIs with a token.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use crate::{AccessToken, Error, Stage, TokenSource, exchange::unanswered};

/// Calls the APIs of the data center with `Authorization: Bearer`.
///
/// - The token goes to the data center and to no other host: a call names a path.
/// - An answer 401 gets a new token and one more attempt, if the body can be sent again
///   (CONTRACT 4.2). Every other answer is returned as it came, whatever its status.
///
/// It is cheap to clone.
#[derive(Debug, Clone)]
pub struct AuthorizedClient {
    tokens: TokenSource,
}

/// A call to be sent.
#[derive(Debug)]
#[must_use = "a request does nothing until `send`"]
pub struct AuthorizedRequest {
    tokens: TokenSource,
    url: url::Url,
    request: reqwest::RequestBuilder,
}

impl AuthorizedClient {
    /// A client with the tokens, the data center and the HTTP client of a token source.
    pub fn new(tokens: TokenSource) -> Self {
        Self { tokens }
    }

    /// Where its tokens come from.
    pub fn token_source(&self) -> &TokenSource {
        &self.tokens
    }

    /// A GET of a path such as `/api/2/users/me`, which may have a query.
    pub fn get(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::GET, path)
    }

    /// A POST to a path.
    pub fn post(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::POST, path)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> AuthorizedRequest {
        let url = self.tokens.data_center().url(path);
        let request = self.tokens.request(method, &url);
        AuthorizedRequest { tokens: self.tokens.clone(), url, request }
    }
}

impl AuthorizedRequest {
    /// A header. `Authorization` is set last, whatever is given here.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// A JSON body and its `Content-Type`.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// A body. One that is a stream can't be sent again after a 401.
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// How long an attempt may take, until the last byte of the answer. Default: the timeout of the
    /// token source.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.timeout(timeout);
        self
    }

    /// Sends it, and once more with a new token if the answer is 401.
    ///
    /// # Errors
    /// [`Error`] when there is no token or no answer; [`Error::stage`] tells which. An answer with
    /// an error status is no error.
    pub async fn send(self) -> Result<reqwest::Response, Error> {
        let Self { tokens, url, request } = self;
        let failed = |error| unanswered(Stage::Api, &url, 1, error);
        let request = request.build().map_err(failed)?;
        let again = request.try_clone();

        let token = tokens.access_token().await?;
        let answer = execute(&tokens, request, &token).await.map_err(failed)?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        tokens.invalidate(&token);
        let Some(request) = again else {
            return Ok(answer);
        };
        let token = tokens.access_token().await?;
        execute(&tokens, request, &token).await.map_err(failed)
    }
}

async fn execute(
    tokens: &TokenSource,
    mut request: reqwest::Request,
    token: &AccessToken,
) -> reqwest::Result<reqwest::Response> {
    request.headers_mut().insert(header::AUTHORIZATION, token.header());
    tokens.execute(request).await
}
