//! A signed token taken apart, without trust in any of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::check::{Failure, unmet};

/// A token in compact form, decoded but not verified.
pub(crate) struct Jwt<'t> {
    signed: &'t str,
    signature: &'t str,
    /// The header as the server spelt it.
    pub(crate) header_text: String,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl<'t> Jwt<'t> {
    pub(crate) fn read(token: &'t str) -> Result<Self, Failure> {
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return unmet("the token has no signature part");
        };
        let Some((header, claims)) = signed.split_once('.') else {
            return unmet("the token has two parts, wanted three");
        };
        let header_text = text_of("header", header)?;
        Ok(Self {
            signed,
            signature,
            header: json_of("header", &header_text)?,
            claims: json_of("claims", &text_of("claims", claims)?)?,
            header_text,
        })
    }

    /// The header's members in their order.
    pub(crate) fn header_names(&self) -> Vec<String> {
        serde_json::from_str::<MemberNames>(&self.header_text)
            .map(|names| names.0)
            .unwrap_or_default()
    }

    /// The `kid` of the header.
    pub(crate) fn kid(&self) -> Result<&str, Failure> {
        match self.header["kid"].as_str() {
            Some(kid) => Ok(kid),
            None => unmet("the token's header has no `kid`"),
        }
    }

    /// A claim that must be a whole number.
    pub(crate) fn seconds(&self, name: &str) -> Result<i64, Failure> {
        match self.claims[name].as_i64() {
            Some(seconds) => Ok(seconds),
            None => unmet(format!("the claim `{name}` is no integer")),
        }
    }

    /// Whether the RSA key `key` of a key set made the signature, as RS256.
    pub(crate) fn is_signed_by(&self, key: &Value) -> bool {
        let (Some(n), Some(e)) = (key["n"].as_str(), key["e"].as_str()) else { return false };
        DecodingKey::from_rsa_components(n, e).is_ok_and(|key| {
            let verified = jsonwebtoken::crypto::verify(
                self.signature,
                self.signed.as_bytes(),
                &key,
                Algorithm::RS256,
            );
            verified.unwrap_or(false)
        })
    }

    /// The same token with one bit of its signature turned.
    pub(crate) fn with_broken_signature(&self) -> Result<String, Failure> {
        let mut signature = match URL_SAFE_NO_PAD.decode(self.signature) {
            Ok(signature) if !signature.is_empty() => signature,
            _ => return unmet("the token's signature is not base64url"),
        };
        let middle = signature.len() / 2;
        signature[middle] ^= 1;
        Ok(format!("{}.{}", self.signed, URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The same header and signature around a claim of another value.
    pub(crate) fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        let header = URL_SAFE_NO_PAD.encode(&self.header_text);
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("{header}.{claims}.{}", self.signature)
    }

    /// The same claims and signature under another `kid`.
    pub(crate) fn with_kid(&self, kid: Value) -> Result<String, Failure> {
        Ok(format!("{}.{}", self.with_header("kid", kid)?, self.signature))
    }

    /// The same claims, with an `alg` that is a spelling of `none`, and no signature (RFC 7519 6).
    pub(crate) fn unsigned(&self, algorithm: &str) -> Result<String, Failure> {
        Ok(format!("{}.", self.with_header("alg", algorithm.into())?))
    }

    /// The same claims, signed as HS256 with text that everyone knows.
    pub(crate) fn signed_with_shared_secret(&self, secret: &str) -> Result<String, Failure> {
        let signed = self.with_header("alg", "HS256".into())?;
        let key = EncodingKey::from_secret(secret.as_bytes());
        match jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256) {
            Ok(signature) => Ok(format!("{signed}.{signature}")),
            Err(error) => unmet(format!("could not sign as HS256: {error}")),
        }
    }

    fn with_header(&self, name: &str, value: Value) -> Result<String, Failure> {
        let mut header = self.header.clone();
        let Value::Object(members) = &mut header else {
            return unmet("the token's header is no JSON object");
        };
        members.insert(name.to_owned(), value);
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let claims = URL_SAFE_NO_PAD.encode(self.claims.to_string());
        Ok(format!("{header}.{claims}"))
    }
}

fn text_of(part: &str, coded: &str) -> Result<String, Failure> {
    match URL_SAFE_NO_PAD.decode(coded).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(_)) => unmet(format!("the token's {part} is not UTF-8")),
        Err(_) => unmet(format!("the token's {part} is not base64url without padding")),
    }
}

fn json_of(part: &str, text: &str) -> Result<Value, Failure> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => unmet(format!("the token's {part} is no JSON object")),
    }
}

/// The names of an object's members in the order of the text, which a JSON map forgets.
struct MemberNames(Vec<String>);

impl<'de> Deserialize<'de> for MemberNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = MemberNames;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MemberNames, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(MemberNames(names))
            }
        }

        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_token_is_refused_with_a_reason() {
        for text in ["", ".", "..", "a.b", "!.e30.x", "e30.!.x", "W10.e30.x", "e30.MQ.x", "_w.e30."]
        {
            assert!(Jwt::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_keeps_the_order_of_its_text() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","kid":"k","alg":"RS256"}"#);
        let token = format!("{header}.e30.c2ln");

        let names = Jwt::read(&token).unwrap().header_names();

        assert_eq!(names, ["typ", "kid", "alg"]);
    }

    #[test]
    fn a_key_that_is_none_verifies_nothing() {
        let token = Jwt::read("e30.e30.c2ln").unwrap();
        for key in [
            json!(null),
            json!({"n": "", "e": ""}),
            json!({"n": "AQ", "e": "AQAB"}),
            json!({"n": "!", "e": 3}),
        ] {
            assert!(!token.is_signed_by(&key), "{key}");
        }
    }
}
