//! What is remembered of issued tokens: those that were revoked, and which may be refreshed.

use std::collections::HashMap;

use gatepass_protocol::{ClientId, EpochSeconds};
use uuid::Uuid;

use super::client_tokens::{ClientTokens, RefreshRejection};
use crate::{grants::Renewal, tokens::RefreshToken};

/// The tokens of each API client by themselves: no client's clock makes the registry forget the
/// tokens of another, and nobody's number of tokens does.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    clients: HashMap<ClientId, ClientTokens>,
}

/// An access token, by its `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessToken {
    pub(crate) id: Uuid,
    pub(crate) expires_on: EpochSeconds,
}

impl Registry {
    /// Whether a client's access token was revoked.
    pub(crate) fn is_revoked(&self, client: ClientId, token: Uuid) -> bool {
        self.clients.get(&client).is_some_and(|tokens| tokens.is_revoked(token))
    }

    /// Revokes an access token, and the refresh token of its pair.
    pub(crate) fn revoke(&mut self, client: ClientId, token: AccessToken, now: EpochSeconds) {
        self.clients.entry(client).or_default().revoke(token, now);
    }

    /// Revokes a refresh token and the access tokens of its family; false where the client has
    /// none such. One that was used before will do: who has it had the others too.
    pub(crate) fn revoke_refresh(
        &mut self,
        client: ClientId,
        token: &RefreshToken,
        now: EpochSeconds,
    ) -> bool {
        self.clients.get_mut(&client).is_some_and(|tokens| tokens.revoke_refresh(token, now))
    }

    /// Remembers the first refresh token of a sign-in, and the access token that comes with it.
    pub(crate) fn begin(
        &mut self,
        client: ClientId,
        token: &RefreshToken,
        access: AccessToken,
        renewal: Renewal,
        expires_on: EpochSeconds,
        now: EpochSeconds,
    ) {
        let tokens = self.clients.entry(client).or_default();
        tokens.begin(token, access, renewal, expires_on, now);
    }

    /// What a client's refresh token stands for. One that was used before gives its whole family
    /// away: somebody else has it (RFC 9700 section 4.14.2).
    pub(crate) fn renewal(
        &mut self,
        client: ClientId,
        token: &RefreshToken,
        now: EpochSeconds,
    ) -> Result<Renewal, RefreshRejection> {
        let tokens = self.clients.get_mut(&client).ok_or(RefreshRejection::Unknown)?;
        tokens.good(token, now).map(|family| family.renewal.clone())
    }

    /// Puts `next` into the place of a refresh token, if it is still good: of two requests with
    /// one token, only the first gets here.
    pub(crate) fn renew(
        &mut self,
        client: ClientId,
        token: &RefreshToken,
        next: &RefreshToken,
        access: AccessToken,
        now: EpochSeconds,
    ) -> Result<(), RefreshRejection> {
        let tokens = self.clients.get_mut(&client).ok_or(RefreshRejection::Unknown)?;
        tokens.renew(token, next, access, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    #[test]
    fn the_tokens_of_one_client_are_not_those_of_another() {
        let client = |number| ClientId::from(Uuid::from_u128(number));
        let mut registry = Registry::default();
        let token = AccessToken { id: Uuid::nil(), expires_on: at(1) };
        registry.revoke(client(1), token, at(0));

        for other in 1..1_000 {
            let token = AccessToken { id: Uuid::from_u128(other), expires_on: at(1_000_000) };
            registry.revoke(client(2), token, at(999_999));
        }

        assert!(registry.is_revoked(client(1), token.id));
        assert!(!registry.is_revoked(client(2), token.id));
    }
}
