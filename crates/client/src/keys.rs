//! The platform's public keys, and the tokens that they verify.

use std::sync::Arc;

use gatepass_protocol::{EpochSeconds, Jwt, JwtError};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors, jwk::JwkSet};
use serde_json::{Map, Value};

/// The keys that `jwks_uri` answers (CONTRACT 6.4). The platform changes them every 24 hours. They
/// are cheap to clone.
#[derive(Debug, Clone)]
pub struct KeySet(Arc<JwkSet>);

/// Why a token is not verified. The token is not in the message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is no JSON Web Token.
    #[error("it is not a JSON Web Token")]
    Malformed(#[from] JwtError),
    /// It is signed in another way than the platform signs.
    #[error("its `alg` is {0}, not \"RS256\"")]
    Algorithm(String),
    /// It demands the understanding of a header member (RFC 7515 section 4.1.11).
    #[error("its header has `crit`, which no token of the platform has")]
    Critical,
    /// It does not say which key signed it.
    #[error("its header has no `kid`")]
    NoKeyId,
    /// Its key is not in the set: the keys changed since they were fetched, or another data center
    /// issued it.
    #[error("its key `{kid}` is not among the {known} that the data center publishes")]
    UnknownKey {
        /// The `kid` of the token.
        kid: String,
        /// How many keys the set has.
        known: usize,
    },
    /// Its key can't verify RS256.
    #[error("its key `{kid}` is no RSA key")]
    UnusableKey {
        /// The `kid` of the token.
        kid: String,
        /// What is wrong with the key.
        source: errors::Error,
    },
    /// The signature is not that of its key: someone changed the token, or made it up.
    #[error("its signature is not that of its key `{kid}`")]
    Signature {
        /// The `kid` of the token.
        kid: String,
    },
    /// Another data center issued it.
    #[error("its issuer `{found}` is not `{expected}`")]
    Issuer {
        /// Its `iss`.
        found: String,
        /// The issuer that discovery names.
        expected: String,
    },
    /// It is for somebody else.
    #[error("its audience `{found}` is not `{expected}`")]
    Audience {
        /// Its `aud`.
        found: String,
        /// Whom it has to be for.
        expected: String,
    },
    /// A time is missing or no number.
    #[error("its `{0}` is not a number of seconds")]
    Time(&'static str),
    /// Its life is over.
    #[error("it expired at {at}")]
    Expired {
        /// Its `exp`.
        at: EpochSeconds,
    },
    /// Its life has not begun.
    #[error("it is not valid before {at}")]
    NotYetValid {
        /// Its `nbf`.
        at: EpochSeconds,
    },
}

impl KeySet {
    /// Reads a JWKS document.
    ///
    /// # Errors
    /// What the reader said, when it is no JWKS.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(|keys| Self(Arc::new(keys)))
    }

    /// Whether the two come from the same answer.
    pub(crate) fn is_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn from_value(json: Map<String, Value>) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Value::Object(json)).map(|keys| Self(Arc::new(keys)))
    }

    /// The IDs of the keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys.iter().filter_map(|key| key.common.key_id.as_deref())
    }

    /// The claims of a token that is signed by one of the keys and valid at `now`, to the second.
    /// Whom it is for (`aud`) and who issued it (`iss`) is not judged.
    ///
    /// # Errors
    /// [`VerifyError`]: a wrong signature goes before a wrong time.
    pub fn verify(
        &self,
        token: &str,
        now: EpochSeconds,
    ) -> Result<Map<String, Value>, VerifyError> {
        self.verify_with_leeway(token, now, 0)
    }

    pub(crate) fn verify_with_leeway(
        &self,
        token: &str,
        now: EpochSeconds,
        leeway_s: i64,
    ) -> Result<Map<String, Value>, VerifyError> {
        let claims = self.verify_signature(token)?;
        let expires_at = time(&claims, "exp")?.ok_or(VerifyError::Time("exp"))?;
        if now >= expires_at.shifted(leeway_s) {
            return Err(VerifyError::Expired { at: expires_at });
        }
        match time(&claims, "nbf")? {
            Some(valid_from) if now < valid_from.shifted(leeway_s.saturating_neg()) => {
                Err(VerifyError::NotYetValid { at: valid_from })
            }
            Some(_) | None => Ok(claims),
        }
    }

    /// The claims of a token that is signed by one of the keys, whenever it is valid.
    ///
    /// # Errors
    /// [`VerifyError`], but none about time.
    pub fn verify_signature(&self, token: &str) -> Result<Map<String, Value>, VerifyError> {
        let Jwt { header, .. } = Jwt::parse(token)?;
        match header.get("alg") {
            Some(alg) if alg == "RS256" => {}
            Some(alg) => return Err(VerifyError::Algorithm(shown(alg))),
            None => return Err(VerifyError::Algorithm("missing".to_owned())),
        }
        if header.contains_key("crit") {
            return Err(VerifyError::Critical);
        }
        let kid = header.get("kid").and_then(Value::as_str).ok_or(VerifyError::NoKeyId)?;
        let jwk = self.0.find(kid).ok_or_else(|| VerifyError::UnknownKey {
            kid: shorten(kid),
            known: self.0.keys.len(),
        })?;
        let kid = kid.to_owned();
        let key = match DecodingKey::from_jwk(jwk) {
            Ok(key) => key,
            Err(source) => return Err(VerifyError::UnusableKey { kid, source }),
        };
        jsonwebtoken::decode(token, &key, &signature_alone())
            .map(|verified| verified.claims)
            .map_err(|error| match error.kind() {
                errors::ErrorKind::InvalidAlgorithm | errors::ErrorKind::InvalidKeyFormat => {
                    VerifyError::UnusableKey { kid, source: error }
                }
                _ => VerifyError::Signature { kid },
            })
    }
}

/// Without its own look at the system clock, and without its 60 s of leeway.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

fn time(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<EpochSeconds>, VerifyError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_i64().and_then(|seconds| EpochSeconds::try_from(seconds).ok());
    seconds.map(Some).ok_or(VerifyError::Time(name))
}

fn shown(value: &Value) -> String {
    shorten(&value.to_string())
}

/// A token is anyone's text until it is verified.
fn shorten(text: &str) -> String {
    crate::text::words(text, &[])
}
