//! Where the tokens of a source come from: the credentials, or the token of another source.

use std::sync::Arc;
#[cfg(feature = "disk-cache")]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "disk-cache")]
use gatepass_protocol::EpochSeconds;
use gatepass_protocol::TenantId;

use crate::{
    Error, Token,
    cache::{Issuer, Issuing, TokenCache},
    endpoint::{Endpoint, refuses_the_token},
    retry,
};
#[cfg(feature = "disk-cache")]
use crate::{cache::TakingKept, disk_cache::Slot, telemetry};

/// Signs in with the credentials, or with the refresh token where there is one.
pub(crate) struct SignIn {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) scope: Option<String>,
    #[cfg(feature = "disk-cache")]
    pub(crate) kept: Option<KeptSignIn>,
}

impl Issuer for SignIn {
    fn issue(&self, previous: Option<Token>) -> Issuing<'_> {
        #[cfg(feature = "disk-cache")]
        if let Some(kept) = &self.kept {
            return Box::pin(async move {
                if let Some(token) = kept.read_once(self.endpoint.exchanger.clock.now()).await {
                    return Ok(token);
                }
                let token = self.sign_in(previous).await?;
                kept.write(&token).await;
                Ok(token)
            });
        }
        Box::pin(self.sign_in(previous))
    }

    #[cfg(feature = "disk-cache")]
    fn take_kept(&self) -> TakingKept<'_> {
        Box::pin(async move {
            let now = self.endpoint.exchanger.clock.now();
            self.kept.as_ref()?.take(now).await
        })
    }
}

impl SignIn {
    async fn sign_in(&self, previous: Option<Token>) -> Result<Token, Error> {
        let refresh_token = previous.as_ref().and_then(Token::refresh_token);
        if let Some(refresh_token) = refresh_token {
            let error = match self.endpoint.refresh(refresh_token).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            // It may have arrived, and a second time would revoke what it brought: from here
            // on the credentials have to do.
            let exchanger = &self.endpoint.exchanger;
            if let Some(pause) = retry::pause(&error, 1, exchanger.jitter.fraction()) {
                exchanger.timer.sleep(pause).await;
            }
        }
        self.endpoint.client_credentials(self.scope.as_deref()).await
    }
}

/// The token of the last run.
#[cfg(feature = "disk-cache")]
pub(crate) struct KeptSignIn {
    slot: Arc<Slot>,
    /// What is there is used once: if it is refused, there has to be another.
    used: AtomicBool,
}

#[cfg(feature = "disk-cache")]
impl KeptSignIn {
    pub(crate) fn new(slot: Slot) -> Self {
        Self { slot: Arc::new(slot), used: AtomicBool::new(false) }
    }

    async fn read_once(&self, now: EpochSeconds) -> Option<Token> {
        if self.used.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.with_slot(move |slot| slot.read(now)).await.flatten()
    }

    async fn write(&self, token: &Token) {
        let token = token.clone();
        if let Some(Err(error)) = self.with_slot(move |slot| slot.write(&token)).await {
            telemetry::not_kept(&error);
        }
    }

    async fn take(&self, now: EpochSeconds) -> Option<Token> {
        let unused = !self.used.swap(true, Ordering::Relaxed);
        let take = move |slot: &Slot| {
            let token = if unused { slot.read(now) } else { None };
            slot.clear();
            token
        };
        self.with_slot(take).await.flatten()
    }

    /// Files and keyrings may keep a thread waiting.
    async fn with_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Slot) -> T + Send + 'static,
    ) -> Option<T> {
        let slot = Arc::clone(&self.slot);
        tokio::task::spawn_blocking(move || work(&slot)).await.ok()
    }
}

/// Narrows the tokens of another source to a tenant.
pub(crate) struct Narrowing {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) wider: Arc<TokenCache>,
    pub(crate) tenant: TenantId,
}

impl Issuer for Narrowing {
    fn issue(&self, _: Option<Token>) -> Issuing<'_> {
        Box::pin(async move {
            let token = self.wider.access_token().await?;
            match self.endpoint.narrow(&token, self.tenant).await {
                Err(error) if refuses_the_token(&error) => self.wider.invalidate(&token),
                outcome => return outcome,
            }
            let token = self.wider.access_token().await?;
            self.endpoint.narrow(&token, self.tenant).await
        })
    }
}
