//! What is remembered of issued tokens: those that were revoked.

use std::collections::HashMap;

use gatepass_protocol::{ClientId, EpochSeconds};
use uuid::Uuid;

/// So many of a client's revoked tokens are kept although they have expired: its clock may be set
/// back.
const EXPIRED_KEPT: usize = 64;

/// The tokens that were revoked, for each API client its own: no client's clock makes the
/// registry forget the tokens of another.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    clients: HashMap<ClientId, ClientTokens>,
}

#[derive(Debug, Default)]
struct ClientTokens {
    revoked: HashMap<Uuid, EpochSeconds>,
}

impl Registry {
    /// Whether a client's access token was revoked.
    pub(crate) fn is_revoked(&self, client: ClientId, token: Uuid) -> bool {
        self.clients.get(&client).is_some_and(|tokens| tokens.revoked.contains_key(&token))
    }

    /// Remembers that an access token was revoked, until it has expired.
    pub(crate) fn revoke(
        &mut self,
        client: ClientId,
        token: Uuid,
        expires_on: EpochSeconds,
        now: EpochSeconds,
    ) {
        let revoked = &mut self.clients.entry(client).or_default().revoked;
        if revoked.len() >= EXPIRED_KEPT {
            revoked.retain(|_, expires_on| now < *expires_on);
        }
        revoked.insert(token, expires_on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn client(last_digit: u128) -> ClientId {
        Uuid::from_u128(last_digit).into()
    }

    #[test]
    fn what_has_expired_is_forgotten_and_what_lives_is_not() {
        let mut registry = Registry::default();
        let lives = Uuid::from_u128(u128::MAX);
        registry.revoke(client(1), lives, at(1_000_000), at(0));

        for second in 0..10_000_i64 {
            let token = Uuid::from_u128(second.unsigned_abs().into());
            registry.revoke(client(1), token, at(second + 1), at(second));
        }

        assert!(registry.is_revoked(client(1), lives));
        assert!(registry.clients[&client(1)].revoked.len() <= EXPIRED_KEPT + 1);
    }

    #[test]
    fn the_clock_of_one_client_is_not_that_of_another() {
        let mut registry = Registry::default();
        let token = Uuid::nil();
        registry.revoke(client(1), token, at(1), at(0));

        for other in 1..1_000 {
            registry.revoke(client(2), Uuid::from_u128(other), at(1_000_000), at(999_999));
        }

        assert!(registry.is_revoked(client(1), token));
        assert!(!registry.is_revoked(client(2), token));
    }
}
