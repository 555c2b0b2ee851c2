//! The verification of a Bearer token.

use gatepass_protocol::{AccessTokenClaims, EpochSeconds};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};

use super::KeyRing;

/// Why a Bearer token is refused. The journal sees it whole; the wire says 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the token is no JSON Web Token of this platform")]
    NotAToken,
    #[error("the token's header names an algorithm other than RS256")]
    Algorithm,
    #[error("no key for access tokens has the token's kid `{0}`")]
    UnknownKey(String),
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token expired at {0}")]
    Expired(EpochSeconds),
    #[error("the token is valid from {0}, not yet")]
    NotYetValid(EpochSeconds),
}

/// The claims of an access token, once its signature and its time are found good.
///
/// `jsonwebtoken` would ask the system's clock and forgive a minute, so `exp` is judged here: a
/// token is refused from that second on (RFC 7519 section 4.1.4).
pub(crate) fn verify(
    keys: &KeyRing,
    token: &str,
    now: EpochSeconds,
) -> Result<AccessTokenClaims, Rejection> {
    let header = jsonwebtoken::decode_header(token).map_err(|error| reason(&error))?;
    let kid = header.kid.unwrap_or_default();
    if header.alg != Algorithm::RS256 {
        return Err(Rejection::Algorithm);
    }
    if kid != keys.access.kid().to_string() {
        return Err(Rejection::UnknownKey(kid));
    }
    let claims: AccessTokenClaims =
        jsonwebtoken::decode(token, &keys.access_verifier, &signature_only())
            .map_err(|error| reason(&error))?
            .claims;
    if let Some(start) = claims.nbf.filter(|&start| now < start) {
        return Err(Rejection::NotYetValid(start));
    }
    if claims.exp <= now {
        return Err(Rejection::Expired(claims.exp));
    }
    Ok(claims)
}

fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims::<&str>(&[]);
    validation
}

fn reason(error: &jsonwebtoken::errors::Error) -> Rejection {
    match error.kind() {
        ErrorKind::InvalidSignature => Rejection::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => Rejection::Algorithm,
        _ => Rejection::NotAToken,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use gatepass_protocol::{AccessPolicy, ClientId};
    use uuid::Uuid;

    use super::*;
    use crate::tokens::{Grant, SigningKey, issue};

    const ISSUED: i64 = 1_800_000_000;

    fn keys() -> KeyRing {
        let key = |pem: &str| SigningKey::from_pem("key.pem", pem.as_bytes()).unwrap();
        KeyRing::new(
            key(include_str!("../../../../fixtures/keys/access-token.pem")),
            key(include_str!("../../../../fixtures/keys/id-token.pem")),
        )
    }

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn grant() -> Grant {
        let id = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
        Grant {
            client_id: id.parse::<ClientId>().unwrap(),
            client_name: "a".to_owned(),
            owner: id.parse().unwrap(),
            scope: Vec::<AccessPolicy>::new(),
            issued_at: at(ISSUED),
            expires_on: at(ISSUED + 7200),
            token_id: Uuid::nil(),
            issuer: "http://localhost/bc".to_owned(),
            audience: "localhost".to_owned(),
        }
    }

    #[test]
    fn a_token_is_good_until_the_second_in_which_it_expires() {
        let keys = keys();
        let token = issue(&keys, grant()).access_token;

        for (now, expired) in [(ISSUED, false), (ISSUED + 7199, false), (ISSUED + 7200, true)] {
            let verdict = verify(&keys, &token, at(now)).map(|claims| claims.jti);

            let expected =
                if expired { Err(Rejection::Expired(at(ISSUED + 7200))) } else { Ok(Uuid::nil()) };
            assert_eq!(verdict, expected, "at {now}");
        }
    }

    #[test]
    fn a_token_with_a_not_before_waits_for_it() {
        let keys = keys();
        let claims = verify(&keys, &issue(&keys, grant()).access_token, at(ISSUED)).unwrap();
        let token = keys.access.sign(&AccessTokenClaims { nbf: Some(at(ISSUED + 60)), ..claims });

        assert_eq!(
            verify(&keys, &token, at(ISSUED + 59)),
            Err(Rejection::NotYetValid(at(ISSUED + 60)))
        );
        assert!(verify(&keys, &token, at(ISSUED + 60)).is_ok());
    }

    #[test]
    fn each_way_to_be_forged_is_named() {
        let keys = keys();
        let issued = issue(&keys, grant());
        let parts: Vec<_> = issued.access_token.split('.').collect();
        let (payload, signature) = (parts[1], parts[2]);
        let with_header =
            |header: &str| format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header));
        let access_kid = keys.access.kid();
        let other_signature = issued.id_token.rsplit('.').next().unwrap();

        for (token, rejection) in [
            (format!("{}.{payload}.{other_signature}", parts[0]), Rejection::Signature),
            (issued.id_token.clone(), Rejection::UnknownKey(keys.id.kid().to_string())),
            (
                with_header(r#"{"typ":"JWT","alg":"RS256","kid":"x"}"#),
                Rejection::UnknownKey("x".to_owned()),
            ),
            (
                with_header(&format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{access_kid}"}}"#)),
                Rejection::Algorithm,
            ),
            (
                with_header(&format!(r#"{{"typ":"JWT","alg":"RS512","kid":"{access_kid}"}}"#)),
                Rejection::Algorithm,
            ),
            ("abc".to_owned(), Rejection::NotAToken),
            ("a.b.c".to_owned(), Rejection::NotAToken),
        ] {
            assert_eq!(verify(&keys, &token, at(ISSUED)), Err(rejection), "given {token}");
        }
        let none = with_header(&format!(r#"{{"typ":"JWT","alg":"none","kid":"{access_kid}"}}"#));
        assert!(verify(&keys, &none, at(ISSUED)).is_err());
    }
}
