//! The signing keys and their public halves, the JWKS (CONTRACT 6.4).

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
        AlgorithmParameters, CommonParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
        RSAKeyParameters, RSAKeyType,
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
pub(crate) struct SigningKey {
    kid: Uuid,
    pair: KeyPair,
    encoded_header: String,
    modulus: String,
    exponent: String,
}

/// The two keys that sign the two tokens of an answer (CONTRACT 3.4), and their public halves.
pub(crate) struct KeyRing {
    pub(crate) access: SigningKey,
    pub(crate) id: SigningKey,
    pub(crate) access_verifier: DecodingKey,
    /// The JWKS document, rendered once.
    pub(crate) jwks: String,
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
        let kid = kid(&modulus, &exponent);
        let mut key = Self { kid, pair, encoded_header: String::new(), modulus, exponent };
        key.encoded_header = encode(&key.header());
        Ok(key)
    }

    /// The key's ID: a UUID (CONTRACT 3.4).
    pub(crate) fn kid(&self) -> Uuid {
        self.kid
    }

    /// A token with these claims, in the compact form.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        let message = format!("{}.{}", self.encoded_header, encode(claims));
        let signature = self.signature(message.as_bytes());
        compact(message, &signature)
    }

    /// The members of a header that names this key, in the tutorial's order (CONTRACT 3.4).
    pub(super) fn header(&self) -> Map<String, Value> {
        let kid = self.kid.to_string();
        [("typ", "JWT"), ("alg", "RS256"), ("kid", &kid)]
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

    /// The public modulus in base64url.
    pub(super) fn modulus(&self) -> &str {
        &self.modulus
    }

    fn jwk(&self) -> Jwk {
        Jwk {
            common: CommonParameters {
                public_key_use: Some(PublicKeyUse::Signature),
                key_algorithm: Some(KeyAlgorithm::RS256),
                key_id: Some(self.kid.to_string()),
                ..CommonParameters::default()
            },
            algorithm: AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: self.modulus.clone(),
                e: self.exponent.clone(),
            }),
        }
    }
}

impl KeyRing {
    pub(crate) fn new(access: SigningKey, id: SigningKey) -> Self {
        let set = JwkSet { keys: vec![access.jwk(), id.jwk()] };
        let jwks = serde_json::to_string(&set).expect("a key set of texts is JSON");
        let access_verifier = DecodingKey::from_rsa_components(&access.modulus, &access.exponent)
            .expect("both were encoded with base64url just now");
        Self { access, id, access_verifier, jwks }
    }
}

/// A UUID of version 8 from the key's RFC 7638 thumbprint: the same key always has the same ID.
fn kid(modulus: &str, exponent: &str) -> Uuid {
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
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
