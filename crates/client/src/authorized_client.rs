//! Calls of the platform's APIs with a token.

use std::{mem, time::Duration};

use http::{HeaderName, HeaderValue, Method};
use reqwest::RequestBuilder;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Stage, TokenSource,
    call::{Call, Json, Whole},
    exchange::unanswered,
};

/// Calls the APIs of the data center with `Authorization: Bearer`.
///
/// - The token goes to the data center and to no other host: a call names a path.
/// - An answer 401 gets a new token and one more attempt, if the body can be sent again
///   (CONTRACT 4.2).
/// - 429, 50x and broken connections are tried again twice, 1 to 2 s apart or after what
///   `Retry-After` asks for, up to 30 s (CONTRACT 4.2), if the body can be sent again and the method
///   is idempotent (RFC 9110 section 9.2.2). Other methods only after 429 and where no connection
///   was made, for all else may have done its work; [`AuthorizedRequest::idempotent`] lifts that.
/// - Attempts and pauses end with [`TokenSourceBuilder::deadline`](crate::TokenSourceBuilder::deadline).
///
/// It is cheap to clone.
#[derive(Debug, Clone)]
pub struct AuthorizedClient {
    tokens: TokenSource,
}

/// A call to be sent.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct AuthorizedRequest {
    tokens: TokenSource,
    /// Without token and timeout, which are each attempt's own.
    request: reqwest::Request,
    unbuildable: Option<reqwest::Error>,
    timeout: Duration,
    idempotent: bool,
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

    /// A PUT to a path.
    pub fn put(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::PUT, path)
    }

    /// A DELETE of a path.
    pub fn delete(&self, path: &str) -> AuthorizedRequest {
        self.request(Method::DELETE, path)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> AuthorizedRequest {
        AuthorizedRequest {
            idempotent: method.is_idempotent(),
            request: reqwest::Request::new(method, self.tokens.data_center().url(path)),
            unbuildable: None,
            timeout: self.tokens.exchanger().timeout,
            tokens: self.tokens.clone(),
        }
    }
}

impl AuthorizedRequest {
    /// A header. `Authorization` is set last, whatever is given here.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request.headers_mut().append(name, value);
        self
    }

    /// A JSON body and its `Content-Type`.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        let (method, url) = (self.request.method().clone(), self.request.url().clone());
        let request = mem::replace(&mut self.request, reqwest::Request::new(method, url));
        let http = self.tokens.exchanger().http.clone();
        match RequestBuilder::from_parts(http, request).json(body).build() {
            Ok(request) => self.request = request,
            Err(error) => self.unbuildable = Some(error),
        }
        self
    }

    /// A body. One that is a stream can't be sent again.
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        *self.request.body_mut() = Some(body.into());
        self
    }

    /// How long an attempt may take, until the last byte of the answer. Default: the timeout of the
    /// token source.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Says that the call does no more when it arrives twice, whatever its method: a POST that
    /// searches, for example. It is then tried again like a GET.
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Sends it, and gives the last answer as it came, whatever its status.
    ///
    /// # Errors
    /// [`Error`] when there is no token or no answer; [`Error::stage`] tells which. An answer with
    /// an error status is no error.
    pub async fn send(self) -> Result<reqwest::Response, Error> {
        let (call, stream) = self.build()?;
        call.send::<Whole>(stream).await
    }

    /// Sends it, and reads the JSON of a 2xx answer. An answer that breaks off is tried again like
    /// a broken connection.
    ///
    /// # Errors
    /// As [`AuthorizedRequest::send`], and [`Error::Refused`], [`Error::Unavailable`] with the
    /// platform's code and words, [`Error::Unusable`] for what is not such JSON.
    pub async fn fetch_json<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        let (call, stream) = self.build()?;
        call.send::<Json<T>>(stream).await
    }

    /// The call, and its body if that can't be sent again.
    fn build(self) -> Result<(Call, Option<reqwest::Body>), Error> {
        let Self { tokens, mut request, unbuildable, timeout, idempotent } = self;
        if let Some(error) = unbuildable {
            return Err(unanswered(Stage::Api, request.url(), 1, error));
        }
        let stream = request.body_mut().take_if(|body| body.as_bytes().is_none());
        Ok((Call { tokens, request, timeout, idempotent }, stream))
    }
}
