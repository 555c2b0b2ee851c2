//! A token that need not be signed as a good one is.

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use super::{
    SigningKey, TokenShape,
    keys::encode,
    shape::{self, Alg, Key, Kid, Signature},
};

/// A `kid` that no key has.
pub(super) const UNKNOWN_KID: &str = "00000000-0000-4000-8000-000000000bad";

/// A token's first two parts and its signature.
pub(super) struct Signed {
    message: String,
    signature: Vec<u8>,
}

impl Signed {
    /// Signs a header and claims in the way that the shape asks for; `keys` are the key for such
    /// tokens, and the key for the others.
    pub(super) fn new(
        keys: [&SigningKey; 2],
        shape: &TokenShape,
        mut header: Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Self {
        if let Some(alg) = shape.alg {
            let name = match alg {
                Alg::None => "none",
                Alg::Hs256 => "HS256",
            };
            header.insert("alg".to_owned(), name.into());
        }
        if let Some(Kid::Unknown) = shape.kid {
            header.insert("kid".to_owned(), UNKNOWN_KID.into());
        }
        shape::change(&mut header, &shape.header);
        shape::reorder(&mut header, &shape.header_order);

        let message = format!("{}.{}", encode(&header), encode(claims));
        let key = match shape.key {
            None => keys[0],
            Some(Key::Other) => keys[1],
        };
        let mut signature = match shape.alg {
            None => key.signature(message.as_bytes()),
            Some(Alg::None) => Vec::new(),
            Some(Alg::Hs256) => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, key.public().modulus().as_bytes());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
        };
        if let (Some(Signature::Broken), Some(last)) = (shape.signature, signature.last_mut()) {
            *last ^= 1;
        }
        Self { message, signature }
    }

    /// The compact form.
    pub(super) fn into_token(self) -> String {
        super::keys::compact(self.message, &self.signature)
    }
}
