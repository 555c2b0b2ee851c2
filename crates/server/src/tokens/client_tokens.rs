//! What is remembered of one API client's tokens.

use std::collections::{HashMap, VecDeque};

use gatepass_protocol::EpochSeconds;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{RefreshToken, refresh_token::Family, registry::AccessToken};
use crate::grants::Renewal;

/// So many revoked tokens are kept although they have expired: the clock may be set back.
const EXPIRED_KEPT: usize = 64;
/// Of more sign-ins than these, the oldest can't be refreshed any more.
const SIGN_INS_KEPT: usize = 1024;

/// Why a refresh token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefreshRejection {
    #[error("the refresh token is none of the API client's")]
    Unknown,
    #[error("the refresh token was used before; all that came from its sign-in is revoked")]
    Used,
    #[error("the refresh token expired at {0}")]
    Expired(EpochSeconds),
    #[error("the user that the refresh token stands for does not exist")]
    UserGone,
}

/// The revoked access tokens and the refresh tokens of one API client.
#[derive(Debug, Default)]
pub(super) struct ClientTokens {
    revoked: HashMap<Uuid, EpochSeconds>,
    sign_ins: HashMap<Family, SignIn>,
    /// The families, the oldest first.
    order: VecDeque<Family>,
    /// Which family an access token comes from.
    families: HashMap<Uuid, Family>,
}

/// What came from one sign-in.
#[derive(Debug)]
pub(super) struct SignIn {
    /// The secret of the one refresh token that is good.
    secret: [u8; 16],
    expires_on: EpochSeconds,
    /// The access tokens that came with the refresh tokens.
    access: Vec<AccessToken>,
    pub(super) renewal: Renewal,
}

impl ClientTokens {
    pub(super) fn is_revoked(&self, token: Uuid) -> bool {
        self.revoked.contains_key(&token)
    }

    pub(super) fn revoke(&mut self, token: AccessToken, now: EpochSeconds) {
        match self.families.get(&token.id) {
            Some(&family) => {
                self.revoke_family(family, now);
            }
            None => self.remember_revoked(token, now),
        }
    }

    pub(super) fn revoke_refresh(&mut self, token: &RefreshToken, now: EpochSeconds) -> bool {
        self.revoke_family(token.family, now)
    }

    pub(super) fn begin(
        &mut self,
        token: &RefreshToken,
        access: AccessToken,
        renewal: Renewal,
        expires_on: EpochSeconds,
        now: EpochSeconds,
    ) {
        while self.order.len() >= SIGN_INS_KEPT {
            self.forget_oldest();
        }
        while self.order.front().is_some_and(|oldest| self.is_over(oldest, now)) {
            self.forget_oldest();
        }
        let (secret, family) = (token.secret, token.family);
        self.sign_ins.insert(family, SignIn { secret, expires_on, access: vec![access], renewal });
        self.order.push_back(family);
        self.families.insert(access.id, family);
    }

    /// The sign-in of a refresh token that is good.
    pub(super) fn good(
        &mut self,
        token: &RefreshToken,
        now: EpochSeconds,
    ) -> Result<&mut SignIn, RefreshRejection> {
        let sign_in = self.sign_ins.get(&token.family).ok_or(RefreshRejection::Unknown)?;
        if !bool::from(sign_in.secret.ct_eq(&token.secret)) {
            self.revoke_family(token.family, now);
            return Err(RefreshRejection::Used);
        }
        if sign_in.expires_on <= now {
            return Err(RefreshRejection::Expired(sign_in.expires_on));
        }
        self.sign_ins.get_mut(&token.family).ok_or(RefreshRejection::Unknown)
    }

    pub(super) fn renew(
        &mut self,
        token: &RefreshToken,
        next: &RefreshToken,
        access: AccessToken,
        now: EpochSeconds,
    ) -> Result<(), RefreshRejection> {
        let sign_in = self.good(token, now)?;
        sign_in.secret = next.secret;
        let expired: Vec<_> = sign_in.access.extract_if(.., |it| it.expires_on <= now).collect();
        sign_in.access.push(access);
        for token in expired {
            self.families.remove(&token.id);
        }
        self.families.insert(access.id, token.family);
        Ok(())
    }

    fn revoke_family(&mut self, family: Family, now: EpochSeconds) -> bool {
        let Some(sign_in) = self.sign_ins.remove(&family) else { return false };
        self.order.retain(|known| *known != family);
        for token in sign_in.access {
            self.families.remove(&token.id);
            self.remember_revoked(token, now);
        }
        true
    }

    fn remember_revoked(&mut self, token: AccessToken, now: EpochSeconds) {
        if self.revoked.len() >= EXPIRED_KEPT {
            self.revoked.retain(|_, expires_on| now < *expires_on);
        }
        self.revoked.insert(token.id, token.expires_on);
    }

    fn is_over(&self, family: &Family, now: EpochSeconds) -> bool {
        self.sign_ins.get(family).is_none_or(|sign_in| sign_in.expires_on <= now)
    }

    fn forget_oldest(&mut self) {
        let Some(family) = self.order.pop_front() else { return };
        for token in self.sign_ins.remove(&family).into_iter().flat_map(|it| it.access) {
            self.families.remove(&token.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Subject;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn renewal() -> Renewal {
        Renewal { subject: Subject::Client { name: String::new() }, tenants: Vec::new() }
    }

    fn access(number: u128, expires_on: i64) -> AccessToken {
        AccessToken { id: Uuid::from_u128(number), expires_on: at(expires_on) }
    }

    fn refresh(number: u8) -> RefreshToken {
        RefreshToken::first([number; 32])
    }

    /// A client with one sign-in at 0, whose refresh token lives 100 seconds.
    fn signed_in() -> ClientTokens {
        let mut tokens = ClientTokens::default();
        tokens.begin(&refresh(1), access(1, 10), renewal(), at(100), at(0));
        tokens
    }

    #[test]
    fn a_refresh_token_is_good_once_and_until_it_expires() {
        let mut tokens = signed_in();
        let next = refresh(1).next([2; 16]);
        assert!(tokens.good(&refresh(1), at(99)).is_ok());
        let expired = RefreshRejection::Expired(at(100));
        assert_eq!(tokens.good(&refresh(1), at(100)).err(), Some(expired));
        assert_eq!(tokens.good(&refresh(9), at(0)).err(), Some(RefreshRejection::Unknown));

        assert_eq!(tokens.renew(&refresh(1), &next, access(2, 20), at(10)), Ok(()));

        assert!(tokens.good(&next, at(10)).is_ok());
        let again = tokens.renew(&refresh(1), &next, access(3, 20), at(10));
        assert_eq!(again, Err(RefreshRejection::Used));
    }

    #[test]
    fn a_token_that_was_used_before_revokes_all_that_came_from_its_sign_in() {
        let mut tokens = signed_in();
        let (second, third) = (refresh(1).next([2; 16]), refresh(1).next([3; 16]));
        tokens.renew(&refresh(1), &second, access(2, 20), at(5)).unwrap();
        tokens.renew(&second, &third, access(3, 20), at(5)).unwrap();
        tokens.begin(&refresh(7), access(7, 20), renewal(), at(100), at(5));

        assert_eq!(tokens.good(&refresh(1), at(6)).err(), Some(RefreshRejection::Used));

        assert_eq!(tokens.good(&third, at(6)).err(), Some(RefreshRejection::Unknown));
        for number in 1..=3 {
            assert!(tokens.is_revoked(Uuid::from_u128(number)), "{number}");
        }
        assert!(!tokens.is_revoked(Uuid::from_u128(7)));
        assert!(tokens.good(&refresh(7), at(6)).is_ok());
    }

    #[test]
    fn either_token_of_a_pair_revokes_both() {
        let mut by_access = signed_in();
        by_access.revoke(access(1, 10), at(1));
        let mut by_refresh = signed_in();
        by_refresh.revoke_refresh(&refresh(1), at(1));

        for (tokens, by) in [(&mut by_access, "access"), (&mut by_refresh, "refresh")] {
            assert!(tokens.is_revoked(Uuid::from_u128(1)), "by {by} token");
            let refused = tokens.good(&refresh(1), at(1)).err();
            assert_eq!(refused, Some(RefreshRejection::Unknown), "by {by} token");
        }
    }

    #[test]
    fn what_has_expired_is_forgotten() {
        let mut tokens = signed_in();
        let mut last = refresh(1);
        for second in 0..1_000_i64 {
            let next = last.next(u128::from(second.unsigned_abs()).to_be_bytes());
            let access = access(second.unsigned_abs().into(), second + 2);
            tokens.sign_ins.get_mut(&last.family).unwrap().expires_on = at(10_000);
            tokens.renew(&last, &next, access, at(second)).unwrap();
            last = next;
        }
        assert!(tokens.families.len() <= 3, "{}", tokens.families.len());

        for second in 0..10_000_i64 {
            let access = access(second.unsigned_abs().into(), second + 1);
            tokens.revoke(access, at(second));
        }
        assert!(tokens.revoked.len() <= EXPIRED_KEPT + 1, "{}", tokens.revoked.len());
        assert!(tokens.is_revoked(Uuid::from_u128(9_999)));
    }

    #[test]
    fn of_too_many_sign_ins_the_oldest_is_forgotten() {
        let mut tokens = ClientTokens::default();
        let token = |number: usize| {
            let mut random = [0; 32];
            random[..8].copy_from_slice(&number.to_be_bytes());
            RefreshToken::first(random)
        };

        for number in 0..=SIGN_INS_KEPT {
            let access = access(number as u128, 10);
            tokens.begin(&token(number), access, renewal(), at(100), at(0));
        }

        assert_eq!(tokens.sign_ins.len(), SIGN_INS_KEPT);
        assert_eq!(tokens.families.len(), SIGN_INS_KEPT);
        assert_eq!(tokens.good(&token(0), at(0)).err(), Some(RefreshRejection::Unknown));
        assert!(tokens.good(&token(SIGN_INS_KEPT), at(0)).is_ok());
    }
}
