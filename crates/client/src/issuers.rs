//! Where the tokens of a source come from: the credentials, or the token of another source.

#[cfg(feature = "disk-cache")]
use std::time::Duration;
use std::{future::ready, sync::Arc};

use gatepass_protocol::TenantId;

use crate::{
    Error, Stage, Token,
    cache::{Issuer, Issuing, TokenCache},
    endpoint::Endpoint,
    exchange::Progress,
    telemetry,
};
#[cfg(feature = "disk-cache")]
use crate::{cache::TakingKept, disk_cache::LastRun, exchange::before};

/// Signs in with the credentials, or with the refresh token where there is one.
pub(crate) struct SignIn {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) scope: Option<String>,
    #[cfg(feature = "disk-cache")]
    pub(crate) last_run: Option<LastRun>,
}

impl Issuer for SignIn {
    fn issue(&self, previous: Option<Token>) -> Issuing<'_> {
        #[cfg(feature = "disk-cache")]
        if let Some(last_run) = &self.last_run {
            return Box::pin(async move {
                let now = self.endpoint.exchanger.clock.now();
                let signed_in = Box::pin(self.sign_in(previous, last_run.read_once(now))).await?;
                if let SignedIn::Anew(token) = &signed_in {
                    let longest = self.endpoint.exchanger.timer.deadline(LONGEST_WRITE);
                    before(longest, last_run.write(token)).await;
                }
                Ok(signed_in.token())
            });
        }
        Box::pin(async move { Ok(self.sign_in(previous, ready(None)).await?.token()) })
    }

    #[cfg(feature = "disk-cache")]
    fn take_kept(&self) -> TakingKept<'_> {
        Box::pin(async move {
            let now = self.endpoint.exchanger.clock.now();
            self.last_run.as_ref()?.take(now).await
        })
    }
}

impl SignIn {
    async fn sign_in(
        &self,
        previous: Option<Token>,
        kept: impl Future<Output = Option<Token>>,
    ) -> Result<SignedIn, Error> {
        let progress = Progress::default();
        let work = async {
            if let Some(token) = kept.await {
                return Ok(SignedIn::Before(token));
            }
            let attempts = self.attempts(&progress, previous);
            self.endpoint.as_a_request(attempts).await.map(SignedIn::Anew)
        };
        self.endpoint.before_deadline(&progress, work).await
    }

    async fn attempts(&self, progress: &Progress, previous: Option<Token>) -> Result<Token, Error> {
        let refresh_token = previous.as_ref().and_then(Token::spend_refresh_token);
        if let Some(refresh_token) = refresh_token {
            let error = match self.endpoint.refresh(progress, refresh_token).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            // It may have arrived, and a second time would revoke what it brought: from here on
            // the credentials have to do.
            let exchanger = &self.endpoint.exchanger;
            let pause = exchanger.pause(&error, 1);
            if pause.is_none() && error.is_transient() {
                return Err(error); // It asks to be left alone for too long.
            }
            progress.failed(Some(error));
            if let Some(pause) = pause {
                telemetry::retry(Stage::Token, pause);
                exchanger.timer.sleep(pause).await;
            }
        }
        self.endpoint.client_credentials(progress, self.scope.as_deref()).await
    }
}

/// Where a token comes from.
enum SignedIn {
    /// It was kept.
    Before(Token),
    /// The platform issued it now.
    Anew(Token),
}

impl SignedIn {
    fn token(self) -> Token {
        let (Self::Before(token) | Self::Anew(token)) = self;
        token
    }
}

/// What takes longer goes on while the token is given out.
#[cfg(feature = "disk-cache")]
const LONGEST_WRITE: Duration = Duration::from_secs(3);

/// Narrows the tokens of another source to a tenant.
pub(crate) struct Narrowing {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) wider: Arc<TokenCache>,
    pub(crate) tenant: TenantId,
}

impl Issuer for Narrowing {
    fn issue(&self, _: Option<Token>) -> Issuing<'_> {
        Box::pin(async move {
            let Self { endpoint, wider, tenant } = self;
            let progress = &Progress::default();
            let narrow = |token| async move { endpoint.narrow(progress, &token, *tenant).await };
            let work = async {
                let token = wider.access_token().await?;
                let narrow = |token| endpoint.as_a_request(narrow(token));
                wider.with_access_token(token, narrow).await
            };
            endpoint.before_deadline(progress, work).await
        })
    }
}
