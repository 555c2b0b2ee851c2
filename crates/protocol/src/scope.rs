//! The `scope` parameter (RFC 6749 section 3.3, CONTRACT 2.5 and 2.6).

use std::str::FromStr;

use crate::TenantId;

const TENANT_URN: &str = "urn:acronis.com:tenant-id:";

/// One word of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeToken {
    /// `offline_access`: a refresh token too (CONTRACT 2.6).
    OfflineAccess,
    /// `urn:acronis.com:tenant-id:<uuid>`: a token for that tenant and those below (CONTRACT 2.5).
    Tenant(TenantId),
    /// Any other word.
    Other(String),
}

/// The words of a `scope` parameter, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(Vec<ScopeToken>);

/// What is wrong with a `scope` parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character that RFC 6749 section 3.3 does not allow.
    #[error("the scope has a character that RFC 6749 section 3.3 does not allow")]
    Character,
    /// A tenant URN without a UUID.
    #[error("the scope's tenant URN does not end with a lower-case UUID")]
    Tenant,
}

impl Scope {
    /// The words.
    pub fn tokens(&self) -> &[ScopeToken] {
        &self.0
    }

    /// The tenants that the scope names.
    pub fn tenants(&self) -> impl Iterator<Item = TenantId> + '_ {
        self.0.iter().filter_map(|token| match token {
            ScopeToken::Tenant(tenant) => Some(*tenant),
            ScopeToken::OfflineAccess | ScopeToken::Other(_) => None,
        })
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        text.split(' ')
            .filter(|word| !word.is_empty())
            .map(read_token)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn read_token(word: &str) -> Result<ScopeToken, ScopeError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if !word.bytes().all(allowed) {
        return Err(ScopeError::Character);
    }
    match word.strip_prefix(TENANT_URN) {
        Some(uuid) => uuid.parse().map(ScopeToken::Tenant).map_err(|_| ScopeError::Tenant),
        None if word == "offline_access" => Ok(ScopeToken::OfflineAccess),
        None => Ok(ScopeToken::Other(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TENANT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";

    #[test]
    fn the_words_are_read_in_order() {
        let scope: Scope = format!("openid  offline_access {TENANT_URN}{TENANT}").parse().unwrap();

        let expected = [
            ScopeToken::Other("openid".into()),
            ScopeToken::OfflineAccess,
            ScopeToken::Tenant(TENANT.parse().unwrap()),
        ];
        assert_eq!(scope.tokens(), expected);
        assert_eq!(scope.tenants().collect::<Vec<_>>(), [TENANT.parse().unwrap()]);
    }

    #[test]
    fn a_bad_scope_is_refused() {
        for (given, error) in [
            ("a\"b", ScopeError::Character),
            ("a\\b", ScopeError::Character),
            ("a\tb", ScopeError::Character),
            ("é", ScopeError::Character),
            ("urn:acronis.com:tenant-id:", ScopeError::Tenant),
            ("urn:acronis.com:tenant-id:1002", ScopeError::Tenant),
        ] {
            assert_eq!(given.parse::<Scope>(), Err(error), "given {given}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = text.parse::<Scope>();
        }
    }
}
