//! JSON Web Tokens in the compact form (RFC 7519, RFC 7515 section 7.1), read without judging them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The header and the claims of a token, **not verified**: for showing a token to a person and for
/// finding the key (`kid`) that verifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The header's members, in the token's order.
    pub header: Map<String, Value>,
    /// The claims, in the token's order.
    pub claims: Map<String, Value>,
}

/// Why a text is no JSON Web Token. The text is not in the message.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// A signed token has three parts with a dot between.
    #[error("a JSON Web Token has 3 parts with dots between, this has {0}")]
    Parts(usize),
    /// A part is not base64url without padding.
    #[error("its {0} is not base64url without padding")]
    NotBase64(&'static str),
    /// A part is not a JSON object.
    #[error("its {part} is not a JSON object")]
    NotJson {
        /// `header` or `payload`.
        part: &'static str,
        /// What the reader said.
        source: serde_json::Error,
    },
}

impl Jwt {
    /// Reads a token in the compact form.
    ///
    /// # Errors
    /// [`JwtError`] says which part is wrong.
    pub fn parse(token: &str) -> Result<Self, JwtError> {
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(JwtError::Parts(parts.len()));
        };
        decode("signature", signature)?;
        Ok(Self { header: object("header", header)?, claims: object("payload", payload)? })
    }
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, JwtError> {
    serde_json::from_slice(&decode(part, text)?)
        .map_err(|source| JwtError::NotJson { part, source })
}

fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwtError::NotBase64(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn header_and_claims_keep_their_order() {
        // {"typ":"JWT","alg":"RS256"} . {"sub":"b","aud":"a"} . x
        let jwt =
            Jwt::parse("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiIiwiYXVkIjoiYSJ9.eA")
                .unwrap();

        assert_eq!(jwt.header.keys().collect::<Vec<_>>(), ["typ", "alg"]);
        assert_eq!(jwt.claims.keys().collect::<Vec<_>>(), ["sub", "aud"]);
    }

    #[test]
    fn each_way_to_be_wrong_is_named() {
        for (given, complaint) in [
            ("abc", "a JSON Web Token has 3 parts with dots between, this has 1"),
            ("e30.e30.e30.e30", "a JSON Web Token has 3 parts with dots between, this has 4"),
            ("e30=.e30.e30", "its header is not base64url without padding"),
            ("e30.W10.e30", "its payload is not a JSON object"),
            ("e30.e30.*", "its signature is not base64url without padding"),
        ] {
            assert_eq!(Jwt::parse(given).unwrap_err().to_string(), complaint, "given {given}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[A-Za-z0-9_.-]{0,80}|.*") {
            let _ = Jwt::parse(&text);
        }
    }
}
