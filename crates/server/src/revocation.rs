//! What has become of a token: its revocation (RFC 7009) and its introspection (RFC 7662;
//! CONTRACT 6.1, 6.2).

use gatepass_protocol::{AccessTokenClaims, ClientId, Introspection};

use crate::{
    access::{Caller, Unauthorized},
    http::Arrival,
    platform::Platform,
    sign_in::Refusal,
    tokens::{self, AccessToken, RefreshToken, Rejection},
};

/// Whose tokens one who introspects is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Anybody's: a service that tokens are sent to.
    All,
    /// Its own: an API client without the right to more.
    Own(ClientId),
}

impl Platform {
    /// The claims of an access token that is good and not revoked.
    pub(crate) fn claims(
        &self,
        token: &str,
        arrival: &Arrival,
    ) -> Result<AccessTokenClaims, Rejection> {
        let claims = tokens::verify(&self.keys(), token, arrival.base_url.host(), arrival.now)?;
        if self.registry().is_revoked(claims.client_id, claims.jti) {
            return Err(Rejection::Revoked);
        }
        Ok(claims)
    }

    /// Revokes a client's token and the other one of its pair; whether it was one of its own that
    /// was good, for the log.
    ///
    /// Of a token that is unknown, not good any more or another client's the caller learns
    /// nothing, and nothing happens to it. `token_type_hint` is not needed: the two types are told
    /// apart by their looks (RFC 7009 section 2.1 lets it be ignored).
    pub(crate) fn revoke(
        &self,
        client: ClientId,
        token: &str,
        arrival: &Arrival,
    ) -> Result<bool, Refusal> {
        if let Ok(token) = token.parse::<RefreshToken>() {
            return Ok(self.registry_mut().revoke_refresh(client, &token, arrival.now));
        }
        if tokens::is_id_token(&self.keys(), token, arrival.now) {
            return Err(Refusal::IdTokenRevoked);
        }
        let claims = self.claims(token, arrival).ok().filter(|it| it.client_id == client);
        let Some(AccessTokenClaims { jti, exp, .. }) = claims else { return Ok(false) };
        let token = AccessToken { id: jti, expires_on: exp };
        self.registry_mut().revoke(client, token, arrival.now);
        Ok(true)
    }

    /// What is told of a token: all that an access token says while it would be taken, and of
    /// anything else only that it is not active.
    pub(crate) fn introspect(&self, token: &str, sight: Sight, arrival: &Arrival) -> Introspection {
        match self.seen(token, sight, arrival) {
            Ok(Some(claims)) => Introspection::active(claims),
            Ok(None) | Err(_) => Introspection::inactive(),
        }
    }

    fn seen(
        &self,
        token: &str,
        sight: Sight,
        arrival: &Arrival,
    ) -> Result<Option<AccessTokenClaims>, Unauthorized> {
        let claims = self.claims(token, arrival)?;
        Caller::of(claims.clone(), &self.directory())?;
        let seen = match sight {
            Sight::All => true,
            Sight::Own(client) => claims.client_id == client,
        };
        Ok(Some(claims).filter(|_| seen))
    }
}
