//! Calls of the platform's APIs with a token.

use std::{mem, time::Duration};

use http::{HeaderName, HeaderValue, Method};
use reqwest::RequestBuilder;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Stage, TokenSource,
    call::{Call, Json, Reading, Whole},
    exchange::unanswered,
};

/// Calls the APIs of the data center with `Authorization: Bearer`.
///
/// - The token goes to the data center and to no other host: a call names a path.
/// - An answer 401 gets a new token and one more attempt, if the body can be sent again
///   (CONTRACT 4.2). Where the new one is refused, too, the next 10 s bring no other.
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
    call: Call,
    unbuildable: Option<reqwest::Error>,
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
        let call = Call {
            idempotent: method.is_idempotent(),
            request: reqwest::Request::new(method, self.tokens.data_center().url(path)),
            timeout: self.tokens.exchanger().timeout,
            tokens: self.tokens.clone(),
        };
        AuthorizedRequest { call, unbuildable: None }
    }
}

impl AuthorizedRequest {
    /// A pair more in the query, encoded as a form: a `+` in a time zone, or an `&`, stays one.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.call.request.url_mut().query_pairs_mut().append_pair(name, value);
        self
    }

    /// A header. `Authorization` is set last, whatever is given here.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.call.request.headers_mut().append(name, value);
        self
    }

    /// A JSON body and its `Content-Type`.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        let (method, url) = (self.call.request.method().clone(), self.call.request.url().clone());
        let request = mem::replace(&mut self.call.request, reqwest::Request::new(method, url));
        let http = self.call.tokens.exchanger().http.clone();
        match RequestBuilder::from_parts(http, request).json(body).build() {
            Ok(request) => self.call.request = request,
            Err(error) => self.unbuildable = Some(error),
        }
        self
    }

    /// A body. One that is a stream can't be sent again.
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        *self.call.request.body_mut() = Some(body.into());
        self
    }

    /// How long an attempt may take, until the last byte of the answer. Default: the timeout of the
    /// token source.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call.timeout = timeout;
        self
    }

    /// Says that the call does no more when it arrives twice, whatever its method: a POST that
    /// searches, for example. It is then tried again like a GET.
    pub fn idempotent(mut self) -> Self {
        self.call.idempotent = true;
        self
    }

    /// Sends it, and gives the last answer as it came, whatever its status. Its body is the caller's
    /// to read, before the timeout of the attempt.
    ///
    /// # Errors
    /// [`Error`] when there is no token or no answer; [`Error::stage`] tells which. An answer with
    /// an error status is no error.
    pub async fn send(self) -> Result<reqwest::Response, Error> {
        self.outcome::<Whole>().await
    }

    /// Sends it, and reads the JSON of a 2xx answer; 204 is read as `null`, so that `()` and
    /// `Option` take it. An answer that breaks off is tried again like a broken connection.
    ///
    /// # Errors
    /// As [`AuthorizedRequest::send`], and [`Error::Refused`], [`Error::Unavailable`] with the
    /// platform's code and words, [`Error::Unusable`] for what is not such JSON.
    pub async fn fetch_json<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        self.outcome::<Json<T>>().await
    }

    // Not an `async fn`, which would move the call about and have room for it twice.
    pub(crate) fn outcome<R: Reading>(
        self,
    ) -> impl Future<Output = Result<R::Value, Error>> + Send {
        let Self { mut call, unbuildable } = self;
        let stream = call.request.body_mut().take_if(|body| body.as_bytes().is_none());
        async move {
            match unbuildable {
                Some(error) => Err(unanswered(Stage::Api, call.request.url(), 1, error)),
                None => call.send::<R>(stream).await,
            }
        }
    }
}
