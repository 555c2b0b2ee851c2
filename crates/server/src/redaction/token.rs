//! Tokens without their signatures: what they say may be kept, what makes them good may not.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatepass_protocol::EpochSeconds;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{REDACTED, body::redact_members};

/// Stands before a token that was stripped. A text from outside never begins with it.
pub(super) const MARK: char = '\u{f8ff}';
/// An opaque token shows its ends only where they are the smaller part of it, and never one that
/// may be a client secret sent as a token.
const OPAQUE: usize = 40;

/// The access token that a request was made with.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TokenUsed {
    /// The first 8 hexadecimal digits of its SHA-256: the same token has the same one.
    pub fingerprint: String,
    /// Its first and last 4 characters.
    pub text: String,
    /// Its header; `None` where it is no JSON Web Token.
    pub header: Option<Map<String, Value>>,
    /// Its claims; `None` where it is no JSON Web Token.
    pub claims: Option<Map<String, Value>>,
    /// The token's own UUID.
    pub jti: Option<Uuid>,
    /// When it was issued.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub issued_at: Option<jiff::Timestamp>,
    /// How long before the request that was, in seconds of the exchange's clock.
    pub age_s: Option<i64>,
}

/// What may be kept of a token: its fingerprint, its ends, its header and its claims, all encoded
/// as they came, for nobody reads most of them.
pub(crate) fn strip(token: &str) -> String {
    // Without an early end, this looks at many bytes at once.
    let graphic = token.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic());
    let shown = token.len() >= OPAQUE && graphic;
    if !shown {
        return REDACTED.to_owned();
    }
    let mut parts = token.split('.');
    let (header, claims) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(_), None) if is_object(header) => (header, claims),
        _ => ("-", "-"),
    };
    format!("{MARK}{} {} {header} {claims}", fingerprint(token), short(token))
}

/// The first and the last 4 characters of an ASCII text.
pub(super) fn short(token: &str) -> String {
    format!("{}…{}", &token[..4], &token[token.len() - 4..])
}

/// The ends of a stripped token; `None` where the text is none.
pub(super) fn ends(stripped: &str) -> Option<&str> {
    stripped.strip_prefix(MARK)?.split(' ').nth(1)
}

/// A stripped token in words; `None` where the text is none.
pub(crate) fn expand(stripped: &str, now: Option<jiff::Timestamp>) -> Option<TokenUsed> {
    let mut words = stripped.strip_prefix(MARK)?.split(' ');
    let (fingerprint, text) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (header, claims) = (object(words.next()?), object(words.next()?));
    let claim = |name: &str| claims.as_ref().and_then(|claims| claims.get(name));
    let jti = claim("jti").and_then(|jti| jti.as_str()?.parse().ok());
    let issued = claim("iat").and_then(|iat| EpochSeconds::try_from(iat.as_i64()?).ok());
    Some(TokenUsed {
        fingerprint,
        text,
        jti,
        issued_at: issued.map(Into::into),
        age_s: now.zip(issued).map(|(now, issued)| EpochSeconds::from(now).since(issued)),
        header,
        claims,
    })
}

/// Base64url of a JSON object begins with that of `{` and a quote or white space.
fn is_object(header: &str) -> bool {
    header.starts_with("ey") || header.starts_with("ew")
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    let mut object = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    redact_members(&mut object);
    Some(object)
}

fn fingerprint(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    hash.as_ref()[..4].iter().fold(String::with_capacity(8), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_keeps_what_it_says_and_loses_its_signature() {
        let claims = r#"{"jti":"1ea8372e-eefa-4df2-9088-9a1234f08f3c","iat":1000,"password":"p"}"#;
        let token = format!(
            "{}.{}.c2lnbmF0dXJl",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(claims)
        );

        let stripped = strip(&token);
        let read = expand(&stripped, jiff::Timestamp::from_second(1010).ok()).unwrap();

        assert!(!stripped.contains("c2lnbmF0dXJl"), "{stripped}");
        assert_eq!((read.text.as_str(), read.fingerprint.len()), ("eyJh…dXJl", 8));
        assert_eq!(read.jti.unwrap().to_string(), "1ea8372e-eefa-4df2-9088-9a1234f08f3c");
        assert_eq!((read.issued_at.unwrap().as_second(), read.age_s), (1000, Some(10)));
        assert_eq!(read.claims.unwrap()["password"], REDACTED);
    }

    #[test]
    fn of_a_token_that_says_nothing_only_its_ends_are_kept() {
        for (given, text) in [
            ("5e0e8216cad04d4e6df7891e0352ede7", None),
            ("short", None),
            ("", None),
            ("a b c d e f g h i j k l m n o p q r s t u", None),
            ("0123456789abcdefghijklmnopqrstuvwxyzABCD", Some("0123…ABCD")),
        ] {
            let stripped = strip(given);

            let read = expand(&stripped, None);
            assert_eq!(read.as_ref().map(|read| read.text.as_str()), text, "given {given}");
            assert!(given.is_empty() || !stripped.contains(given), "{stripped}");
            assert!(read.is_none_or(|read| read.claims.is_none() && read.age_s.is_none()));
        }
    }
}
