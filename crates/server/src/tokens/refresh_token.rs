//! Refresh tokens: opaque random texts (RFC 6749 section 1.5).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatepass_protocol::Secret;

const HALF: usize = 16;

/// A refresh token, taken apart: what its family has in common, and what only this one has.
///
/// A family is a sign-in's first refresh token and all that came after it. So one record for each
/// family tells its good token from those that were used before.
#[derive(Clone, Copy)]
pub(crate) struct RefreshToken {
    pub(super) family: Family,
    pub(super) secret: [u8; HALF],
}

/// Which sign-in a refresh token comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Family([u8; HALF]);

/// The text is none that was ever issued.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRefreshToken;

impl RefreshToken {
    /// The first one of a family, from random bytes.
    pub(crate) fn first(random: [u8; 2 * HALF]) -> Self {
        let mut token = Self { family: Family([0; HALF]), secret: [0; HALF] };
        token.family.0.copy_from_slice(&random[..HALF]);
        token.secret.copy_from_slice(&random[HALF..]);
        token
    }

    /// The one that takes this one's place, from random bytes.
    pub(crate) fn next(self, random: [u8; HALF]) -> Self {
        Self { secret: random, ..self }
    }

    /// The text for the one answer that carries it.
    pub(crate) fn reveal(&self) -> Secret {
        Secret::from(URL_SAFE_NO_PAD.encode([self.family.0, self.secret].concat()))
    }
}

impl FromStr for RefreshToken {
    type Err = NoRefreshToken;

    fn from_str(text: &str) -> Result<Self, NoRefreshToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoRefreshToken)?;
        bytes.try_into().map(Self::first).map_err(|_| NoRefreshToken)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Family(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_revealed_is_read_back(random: [u8; 32]) {
            let token = RefreshToken::first(random);

            let text = token.reveal();
            let read: RefreshToken = text.reveal().parse().unwrap();

            prop_assert_eq!(text.reveal().len(), 43);
            prop_assert!(read.family == token.family && read.secret == token.secret);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[A-Za-z0-9_-]{40,46}|.*") {
            let _ = text.parse::<RefreshToken>();
        }
    }
}
