//! The token as a middleware of the `reqwest-middleware` crate.

use async_trait::async_trait;
use http::{Extensions, StatusCode, header};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::TokenSource;

/// Adds `Authorization: Bearer` to requests that go to the data center; all others pass as they are.
///
/// An answer 401 gets a new token and one more attempt, if the body can be sent again
/// (CONTRACT 4.2). Where the new one is refused, too, the next 10 s bring no other. Other answers
/// are passed on: to retry is for another middleware. Why there is no token is told by the
/// [`Error`](crate::Error) in `reqwest_middleware::Error::Middleware`.
///
/// ```
/// # use gatepass_client::{AuthorizeMiddleware, Credentials, TokenSource};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let platform = gatepass_server::Platform::start().await?;
/// # let client = platform.default_client();
/// # let client_id = client.client_id.to_string();
/// # let tokens = TokenSource::new(platform.url().parse()?,
/// #     Credentials::new(&client_id, client.client_secret)?)?;
/// # let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
/// let client = reqwest_middleware::ClientBuilder::new(http)
///     .with(AuthorizeMiddleware::new(tokens))
///     .build();
///
/// let answer = client.get(format!("{}/api/2/clients/{client_id}", platform.url())).send().await?;
/// assert_eq!(answer.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizeMiddleware {
    tokens: TokenSource,
}

impl AuthorizeMiddleware {
    /// A middleware with the tokens of a source.
    pub fn new(tokens: TokenSource) -> Self {
        Self { tokens }
    }
}

#[async_trait]
impl Middleware for AuthorizeMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if !self.tokens.data_center().covers(request.url()) {
            return next.run(request, extensions).await;
        }
        let again = request.try_clone();
        let token = self.tokens.access_token().await.map_err(Error::middleware)?;
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
        let answer = next.clone().run(request, extensions).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let renewed = self.tokens.renew_refused(&token);
        let Some(mut request) = again.filter(|_| renewed) else {
            return Ok(answer);
        };
        // It may hold what the next attempt waits for: a connection, a permit.
        drop(answer);
        let token = self.tokens.access_token().await.map_err(Error::middleware)?;
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
        let answer = next.run(request, extensions).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.tokens.note_renewed_in_vain();
        }
        Ok(answer)
    }
}
