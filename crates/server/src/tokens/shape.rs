//! The ways in which an access token may differ from a good one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How an access token is to differ from a good one; the default differs in nothing.
///
/// A case holds one in its TOML, the control API takes one in its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokenShape {
    /// Seconds from issue to expiry, of the ID token too; expired already where negative.
    pub(crate) lifetime_s: Option<i64>,
    /// Adds `nbf`: seconds from issue to the time from which the token is valid.
    pub(crate) not_before_s: Option<i64>,
    /// What stands in the header instead of the key's ID.
    pub(crate) kid: Option<Kid>,
    /// What signs instead of the key for access tokens, under that key's ID.
    pub(crate) key: Option<Key>,
    /// The algorithm instead of RS256.
    pub(crate) alg: Option<Alg>,
    /// What happens to the signature.
    pub(crate) signature: Option<Signature>,
    /// `aud` instead of the host that the caller used.
    pub(crate) audience: Option<String>,
    /// `iss` instead of the URL that the caller used.
    pub(crate) issuer: Option<String>,
    /// Whether the token is revoked as soon as it is issued.
    pub(crate) revoked: bool,
    /// Members of the header to add or to replace; null takes one away.
    pub(crate) header: Map<String, Value>,
    /// The order of the header's members; those that it does not name stand behind.
    pub(crate) header_order: Vec<String>,
    /// Claims to add or to replace; null takes one away.
    pub(crate) claims: Map<String, Value>,
    /// Claims to leave out: TOML has no null.
    pub(crate) without_claims: Vec<String>,
}

/// How an ID token is to differ from a good one, in the words of [`TokenShape`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdTokenShape {
    kid: Option<Kid>,
    /// `other` is the key for access tokens.
    key: Option<Key>,
    alg: Option<Alg>,
    signature: Option<Signature>,
    header: Map<String, Value>,
    header_order: Vec<String>,
    claims: Map<String, Value>,
    without_claims: Vec<String>,
}

impl From<IdTokenShape> for TokenShape {
    fn from(shape: IdTokenShape) -> Self {
        let IdTokenShape { kid, key, alg, signature, .. } = shape;
        let IdTokenShape { header, header_order, claims, without_claims, .. } = shape;
        let signing = Self { kid, key, alg, signature, ..Self::default() };
        Self { header, header_order, claims, without_claims, ..signing }
    }
}

/// A `kid` that is not the signing key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "TokenKid")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kid {
    /// One that no JWKS of the platform has.
    Unknown,
}

/// A key that is not the one for access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "TokenKey")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    /// The key for ID tokens.
    Other,
}

/// An algorithm that the platform does not sign with (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "TokenAlg")]
pub(crate) enum Alg {
    /// No signature at all.
    #[serde(rename = "none")]
    None,
    /// An HMAC with the public key as its secret: what a verifier falls for that lets the token
    /// choose the algorithm (RFC 8725 section 2.1).
    #[serde(rename = "HS256")]
    Hs256,
}

/// What happens to a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "TokenSignature")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signature {
    /// One bit is another.
    Broken,
}

impl TokenShape {
    /// Whether the token is signed as a good one is: its claims may still differ.
    pub(super) fn signs_as_usual(&self) -> bool {
        self.kid.is_none()
            && self.key.is_none()
            && self.alg.is_none()
            && self.signature.is_none()
            && self.header.is_empty()
            && self.header_order.is_empty()
    }

    /// Whether the claims are those of a good token.
    pub(super) fn claims_as_usual(&self) -> bool {
        self.claims.is_empty() && self.without_claims.is_empty()
    }

    /// Changes claims as the shape asks for.
    pub(super) fn change_claims(&self, claims: &mut Map<String, Value>) {
        change(claims, &self.claims);
        claims.retain(|name, _| !self.without_claims.contains(name));
    }
}

/// Puts `changes` into `members`; a null takes a member away.
pub(super) fn change(members: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        match value {
            Value::Null => {
                members.shift_remove(name);
            }
            value => {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Puts the members that `order` names in front, in that order.
pub(super) fn reorder(members: &mut Map<String, Value>, order: &[String]) {
    let mut ordered = Map::new();
    for name in order {
        if let Some((name, value)) = members.shift_remove_entry(name) {
            ordered.insert(name, value);
        }
    }
    ordered.append(members);
    *members = ordered;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_writes_it_in_toml() {
        let shape: TokenShape = toml::from_str(
            "lifetime_s = -10\nkid = 'unknown'\nkey = 'other'\nalg = 'HS256'\n\
             signature = 'broken'\nrevoked = true\nclaims = { sub_type = 'user' }\n",
        )
        .unwrap();

        assert_eq!(shape.lifetime_s, Some(-10));
        assert_eq!((shape.kid, shape.key), (Some(Kid::Unknown), Some(Key::Other)));
        assert_eq!((shape.alg, shape.signature), (Some(Alg::Hs256), Some(Signature::Broken)));
        assert!(shape.revoked && shape.claims["sub_type"] == "user");
        assert_eq!(toml::from_str::<TokenShape>("").unwrap(), TokenShape::default());
    }

    #[test]
    fn what_it_does_not_know_is_refused_by_name() {
        for (given, complaint) in [
            ("lifetime = 1", "unknown field `lifetime`"),
            ("alg = 'RS256'", "unknown variant `RS256`, expected `none` or `HS256`"),
            ("kid = 'known'", "unknown variant `known`"),
        ] {
            let error = toml::from_str::<TokenShape>(given).unwrap_err().to_string();

            assert!(error.contains(complaint), "given {given}: {error}");
        }
    }
}
