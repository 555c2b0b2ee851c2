//! The signing keys and their public halves (CONTRACT 3.4, 6.4).

use std::sync::Arc;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    DecodingKey,
    jwk::{
        AlgorithmParameters, CommonParameters, Jwk, KeyAlgorithm, PublicKeyUse, RSAKeyParameters,
        RSAKeyType,
    },
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Why a signing key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No PEM block `PRIVATE KEY` is in the file.
    #[error("{0} holds no PEM block `PRIVATE KEY`; `openssl genpkey -algorithm RSA` makes one")]
    NotPem(String),
    /// The key is none that RS256 can sign with.
    #[error("{file} holds no RSA key of 2048 bits or more: {reason}")]
    Rejected {
        /// The file's name.
        file: String,
        /// What the library said.
        reason: String,
    },
}

/// An RSA key pair, parsed once, and the encoded token header that names it.
///
/// `jsonwebtoken` would parse the private key anew for every token, which costs more than the
/// signature itself.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pair: Arc<KeyPair>,
    public: Arc<PublicKey>,
    encoded_header: String,
}

/// The public half of a signing key.
pub(crate) struct PublicKey {
    /// A UUID (CONTRACT 3.4).
    pub(super) kid: String,
    pub(super) verifier: DecodingKey,
    /// The key as a member of the JWKS, in JSON.
    pub(super) jwk: String,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// Reads a PKCS#8 key in PEM; `file` is what errors call it.
    pub(crate) fn from_pem(file: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem)
            .map_err(|_| KeyError::NotPem(file.to_owned()))?;
        let pair = KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|rejected| {
            KeyError::Rejected { file: file.to_owned(), reason: rejected.to_string() }
        })?;
        let public = pair.public_key();
        let modulus = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let exponent = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        Ok(Self::new(Arc::new(pair), modulus, exponent, 0))
    }

    /// The same key pair under another ID, a different one for each `use_` of it: who knew the
    /// key by its old ID does not know it again.
    pub(super) fn renamed(&self, use_: u32) -> Self {
        let PublicKey { modulus, exponent, .. } = &*self.public;
        Self::new(Arc::clone(&self.pair), modulus.clone(), exponent.clone(), use_)
    }

    fn new(pair: Arc<KeyPair>, modulus: String, exponent: String, use_: u32) -> Self {
        let public = Arc::new(PublicKey::new(modulus, exponent, use_));
        let mut key = Self { pair, public, encoded_header: String::new() };
        key.encoded_header = encode(&key.header());
        key
    }

    /// The ID by which tokens and the JWKS name it.
    pub(crate) fn kid(&self) -> &str {
        &self.public.kid
    }

    pub(crate) fn public(&self) -> &Arc<PublicKey> {
        &self.public
    }

    /// A token with these claims, in the compact form.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        let message = format!("{}.{}", self.encoded_header, encode(claims));
        let signature = self.signature(message.as_bytes());
        compact(message, &signature)
    }

    /// The members of a header that names this key, in the tutorial's order (CONTRACT 3.4).
    pub(super) fn header(&self) -> Map<String, Value> {
        [("typ", "JWT"), ("alg", "RS256"), ("kid", &self.public.kid)]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect()
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    pub(super) fn signature(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("the buffer has the modulus' length, the one thing that signing asks for");
        signature
    }
}

impl PublicKey {
    fn new(modulus: String, exponent: String, use_: u32) -> Self {
        let kid = kid(&modulus, &exponent, use_).to_string();
        let jwk = Jwk {
            common: CommonParameters {
                public_key_use: Some(PublicKeyUse::Signature),
                key_algorithm: Some(KeyAlgorithm::RS256),
                key_id: Some(kid.clone()),
                ..CommonParameters::default()
            },
            algorithm: AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: modulus.clone(),
                e: exponent.clone(),
            }),
        };
        let jwk = serde_json::to_string(&jwk).expect("a key of texts is JSON");
        let verifier = DecodingKey::from_rsa_components(&modulus, &exponent)
            .expect("both were encoded with base64url just now");
        Self { kid, verifier, jwk, modulus, exponent }
    }

    /// The modulus in base64url.
    pub(super) fn modulus(&self) -> &str {
        &self.modulus
    }
}

/// A UUID of version 8 from the key's RFC 7638 thumbprint: the same key always has the same ID,
/// until it is used again after others.
fn kid(modulus: &str, exponent: &str, use_: u32) -> Uuid {
    let mut members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    if use_ > 0 {
        members.push_str(&use_.to_string());
    }
    let thumbprint = digest(&SHA256, members.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&thumbprint.as_ref()[..16]);
    Uuid::new_v8(bytes)
}

/// A token of its first two parts and its signature (RFC 7515 section 7.1).
pub(super) fn compact(message: String, signature: &[u8]) -> String {
    let mut token = message;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// A header or claims, as a part of a token.
pub(super) fn encode(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("headers and claims are JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_key_is_refused_by_name() {
        let no_rsa = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (given, complaint) in [
            (
                "",
                "k.pem holds no PEM block `PRIVATE KEY`; `openssl genpkey -algorithm RSA` makes one",
            ),
            (no_rsa, "k.pem holds no RSA key of 2048 bits or more: InvalidEncoding"),
        ] {
            let error = SigningKey::from_pem("k.pem", given.as_bytes()).err().unwrap();

            assert_eq!(error.to_string(), complaint);
        }
    }
}
