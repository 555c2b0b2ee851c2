//! The token as a `tower` layer.

use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode, header};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use crate::TokenSource;

/// What a service behind the layer fails with: its own error, or the [`Error`](crate::Error) that
/// says why there is no token.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Adds `Authorization: Bearer` to the requests of an HTTP client that is a `tower` service, where
/// they go to the data center; all others pass as they are.
///
/// An answer 401 gets a new token and one more attempt, if the body can be sent again
/// (CONTRACT 4.2). Where the new one is refused, too, the next 10 s bring no other. Other answers
/// are passed on: to retry is for another layer.
///
/// It is for services of `http::Request`, such as the client of `hyper-util`. A `reqwest::Client`
/// is a service of `reqwest::Request`, and the layer does not fit over it: for that there are
/// `AuthorizeMiddleware`, behind the feature `reqwest-middleware`, and
/// [`AuthorizedClient`](crate::AuthorizedClient).
///
/// ```
/// # use gatepass_client::{AuthorizeLayer, Credentials, TokenSource};
/// # use http::{Request, Response};
/// # use tower::{ServiceBuilder, ServiceExt, service_fn};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let platform = gatepass_server::Platform::start().await?;
/// # let client = platform.default_client();
/// # let tokens = TokenSource::new(platform.url().parse()?,
/// #     Credentials::new(client.client_id.to_string(), client.client_secret)?)?;
/// # let http = service_fn(async |request: Request<String>| {
/// #     assert!(request.headers().contains_key("authorization"));
/// #     Ok::<_, std::io::Error>(Response::new(()))
/// # });
/// let client = ServiceBuilder::new().layer(AuthorizeLayer::new(tokens)).service(http);
///
/// let request = Request::get(format!("{}/api/2/users/me", platform.url())).body(String::new())?;
/// let answer = client.oneshot(request).await?;
/// # assert_eq!(answer.status(), 200);
/// # Ok(())
/// # }
/// ```
pub struct AuthorizeLayer<B> {
    tokens: TokenSource,
    again: fn(&B) -> Option<B>,
}

/// A service whose requests carry the token; made by [`AuthorizeLayer`].
pub struct Authorize<S, B> {
    inner: S,
    tokens: TokenSource,
    again: fn(&B) -> Option<B>,
}

impl<B> AuthorizeLayer<B> {
    /// A layer for bodies that can be sent again.
    pub fn new(tokens: TokenSource) -> Self
    where
        B: Clone,
    {
        Self { tokens, again: |body| Some(body.clone()) }
    }

    /// A layer for any bodies: `again` gives a copy of one that can be sent again.
    pub fn with_bodies(tokens: TokenSource, again: fn(&B) -> Option<B>) -> Self {
        Self { tokens, again }
    }
}

impl<S, B> Layer<S> for AuthorizeLayer<B> {
    type Service = Authorize<S, B>;

    fn layer(&self, inner: S) -> Authorize<S, B> {
        Authorize { inner, tokens: self.tokens.clone(), again: self.again }
    }
}

impl<S, B, R> Service<Request<B>> for Authorize<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send + 'static,
    R: Send,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The one that is ready makes the call, and its copy becomes ready for the next.
        let copy = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, copy);
        let tokens = self.tokens.clone();
        let again = self.copy(&request);
        Box::pin(async move {
            let url = Url::parse(&request.uri().to_string()).ok();
            if !url.is_some_and(|url| tokens.data_center().covers(&url)) {
                return inner.call(request).await.map_err(Into::into);
            }
            let token = tokens.access_token().await?;
            request.headers_mut().insert(header::AUTHORIZATION, token.header());
            let answer = inner.call(request).await.map_err(Into::into)?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            let renewed = tokens.renew_refused(&token);
            let Some(mut request) = again.filter(|_| renewed) else {
                return Ok(answer);
            };
            // Its body may hold what the service needs to be ready: a connection, a permit.
            drop(answer);
            let token = tokens.access_token().await?;
            request.headers_mut().insert(header::AUTHORIZATION, token.header());
            poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
            let answer = inner.call(request).await.map_err(Into::into)?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                tokens.note_renewed_in_vain();
            }
            Ok(answer)
        })
    }
}

impl<S, B> Authorize<S, B> {
    fn copy(&self, request: &Request<B>) -> Option<Request<B>> {
        let mut copy = Request::new((self.again)(request.body())?);
        copy.method_mut().clone_from(request.method());
        copy.uri_mut().clone_from(request.uri());
        *copy.version_mut() = request.version();
        copy.headers_mut().clone_from(request.headers());
        copy.extensions_mut().clone_from(request.extensions());
        Some(copy)
    }
}

impl<B> Clone for AuthorizeLayer<B> {
    fn clone(&self) -> Self {
        Self { tokens: self.tokens.clone(), again: self.again }
    }
}

impl<S: Clone, B> Clone for Authorize<S, B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), tokens: self.tokens.clone(), again: self.again }
    }
}

impl<B> fmt::Debug for AuthorizeLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeLayer").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl<S, B> fmt::Debug for Authorize<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}
