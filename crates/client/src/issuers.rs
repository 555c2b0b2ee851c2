//! Where the tokens of a source come from: the credentials, or the token of another source.

use std::sync::Arc;

use gatepass_protocol::TenantId;

use crate::{
    Token,
    cache::{Issuer, Issuing, TokenCache},
    endpoint::{Endpoint, refuses_the_token},
    retry,
};

/// Signs in with the credentials, or with the refresh token where there is one.
pub(crate) struct SignIn {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) scope: Option<String>,
}

impl Issuer for SignIn {
    fn issue(&self, previous: Option<Token>) -> Issuing<'_> {
        Box::pin(async move {
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
        })
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
