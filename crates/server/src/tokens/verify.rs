//! The verification of a Bearer token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatepass_protocol::{AccessTokenClaims, EpochSeconds, IdTokenClaims};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::Deserialize;

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
    #[error("the token's issuer `{0}` is not this data center")]
    Issuer(String),
    #[error("the token's audience `{0}` is not this data center")]
    Audience(String),
    #[error("the token expired at {0}")]
    Expired(EpochSeconds),
    #[error("the token is valid from {0}, not yet")]
    NotYetValid(EpochSeconds),
    #[error("the token was revoked")]
    Revoked,
}

/// What is read of a header before anything is verified.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// The claims of an access token, once its signature, its origin and its time are found good;
/// `host` is the one that the caller used.
///
/// `jsonwebtoken` would ask the system's clock and forgive a minute, so `exp` is judged here: a
/// token is refused from that second on (RFC 7519 section 4.1.4).
pub(crate) fn verify(
    keys: &KeyRing,
    token: &str,
    host: &str,
    now: EpochSeconds,
) -> Result<AccessTokenClaims, Rejection> {
    let header = header(token).ok_or(Rejection::NotAToken)?;
    if header.alg != "RS256" {
        return Err(Rejection::Algorithm);
    }
    let Some(key) = keys.verifier(&header.kid, now) else {
        return Err(Rejection::UnknownKey(header.kid));
    };
    let claims: AccessTokenClaims =
        jsonwebtoken::decode(token, key, &signature_only()).map_err(|error| reason(&error))?.claims;
    check_origin(&claims, host)?;
    if let Some(start) = claims.nbf.filter(|&start| now < start) {
        return Err(Rejection::NotYetValid(start));
    }
    if claims.exp <= now {
        return Err(Rejection::Expired(claims.exp));
    }
    Ok(claims)
}

/// Whether this platform signed the token as an ID token.
pub(crate) fn is_id_token(keys: &KeyRing, token: &str, now: EpochSeconds) -> bool {
    header(token).and_then(|header| keys.id_verifier(&header.kid, now)).is_some_and(|key| {
        jsonwebtoken::decode::<IdTokenClaims>(token, key, &signature_only()).is_ok()
    })
}

fn header(token: &str) -> Option<Header> {
    let (header, _) = token.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// Whether the token names one and the same data center as its issuer and as its audience.
///
/// Which one that is does not matter: a token that was issued to `localhost:8484` is good at
/// `gatepass:8484`, for both are this server. Where the two differ, the one that is not the host
/// of this call is the wrong one.
fn check_origin(claims: &AccessTokenClaims, host: &str) -> Result<(), Rejection> {
    let issuer = issuing_host(&claims.iss).ok_or_else(|| Rejection::Issuer(claims.iss.clone()))?;
    if issuer == claims.aud {
        Ok(())
    } else if claims.aud == host {
        Err(Rejection::Issuer(claims.iss.clone()))
    } else {
        Err(Rejection::Audience(claims.aud.clone()))
    }
}

/// The host and port of an issuer such as `https://host:8443/prefix/bc`.
fn issuing_host(issuer: &str) -> Option<&str> {
    let (scheme, rest) = issuer.strip_suffix("/bc")?.split_once("://")?;
    let host = rest.split('/').next()?.rsplit('@').next()?;
    matches!(scheme, "http" | "https").then_some(host)
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
    use gatepass_protocol::Jwt;
    use uuid::Uuid;

    use super::*;
    use crate::tokens::{
        Grant, SigningKey, Subject, TokenShape, issue, shape::Alg, signed::UNKNOWN_KID,
    };

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
            client_id: id.parse().unwrap(),
            owner: id.parse().unwrap(),
            subject: Subject::Client { name: "a".to_owned() },
            scope: Vec::new(),
            narrowing: Vec::new(),
            introspection_not_required: false,
            issued_at: at(ISSUED),
            expires_on: at(ISSUED + 7200),
            token_id: Uuid::nil(),
            issuer: "http://localhost/bc".to_owned(),
            audience: "localhost".to_owned(),
        }
    }

    fn judge(keys: &KeyRing, token: &str, now: i64) -> Result<AccessTokenClaims, Rejection> {
        verify(keys, token, "localhost", at(now))
    }

    #[test]
    fn a_token_is_good_until_the_second_in_which_it_expires() {
        let keys = keys();
        let token = issue(&keys, grant(), &TokenShape::default(), None).access_token;

        for (now, expired) in [(ISSUED, false), (ISSUED + 7199, false), (ISSUED + 7200, true)] {
            let verdict = judge(&keys, &token, now).map(|claims| claims.jti);

            let expected =
                if expired { Err(Rejection::Expired(at(ISSUED + 7200))) } else { Ok(Uuid::nil()) };
            assert_eq!(verdict, expected, "at {now}");
        }
    }

    #[test]
    fn a_token_with_a_not_before_waits_for_it() {
        let keys = keys();
        let shape = TokenShape { not_before_s: Some(60), ..TokenShape::default() };
        let token = issue(&keys, grant(), &shape, None).access_token;

        let rejection = Err(Rejection::NotYetValid(at(ISSUED + 60)));
        assert_eq!(judge(&keys, &token, ISSUED + 59), rejection);
        assert!(judge(&keys, &token, ISSUED + 60).is_ok());
    }

    #[test]
    fn each_shape_of_a_bad_token_is_refused_for_its_own_reason() {
        let keys = keys();
        for (shape, rejection) in [
            ("", None),
            ("lifetime_s = 75", None),
            ("claims = { sub_type = 'user', more = [1] }", None),
            ("header = { nri = 1 }", None),
            ("audience = 'gatepass:8484'\nissuer = 'https://gatepass:8484/eu/bc'", None),
            ("lifetime_s = 0", Some(Rejection::Expired(at(ISSUED)))),
            ("lifetime_s = -10", Some(Rejection::Expired(at(ISSUED - 10)))),
            ("not_before_s = 1", Some(Rejection::NotYetValid(at(ISSUED + 1)))),
            ("kid = 'unknown'", Some(Rejection::UnknownKey(UNKNOWN_KID.to_owned()))),
            ("key = 'other'", Some(Rejection::Signature)),
            ("signature = 'broken'", Some(Rejection::Signature)),
            ("alg = 'none'", Some(Rejection::Algorithm)),
            ("alg = 'HS256'", Some(Rejection::Algorithm)),
            ("alg = 'HS256'\nheader = { alg = 'RS256' }", Some(Rejection::Signature)),
            ("header = { kid = 7 }", Some(Rejection::NotAToken)),
            ("header = { alg = 'RS512' }", Some(Rejection::Algorithm)),
            ("audience = 'elsewhere'", Some(Rejection::Audience("elsewhere".to_owned()))),
            (
                "issuer = 'https://elsewhere/bc'",
                Some(Rejection::Issuer("https://elsewhere/bc".to_owned())),
            ),
            ("issuer = 'http://localhost'", Some(Rejection::Issuer("http://localhost".to_owned()))),
            ("claims = { sub = 'nobody' }", Some(Rejection::NotAToken)),
        ] {
            let shape: TokenShape = toml::from_str(shape).unwrap();

            let token = issue(&keys, grant(), &shape, None).access_token;

            assert_eq!(judge(&keys, &token, ISSUED).err(), rejection, "given {shape:?}");
        }
    }

    #[test]
    fn no_shape_spoils_the_id_token_but_in_its_time() {
        let keys = keys();
        let good = issue(&keys, grant(), &TokenShape::default(), None).id_token;
        let shape = TokenShape { alg: Some(Alg::None), ..TokenShape::default() };
        let short = TokenShape { lifetime_s: Some(2), ..TokenShape::default() };

        assert_eq!(issue(&keys, grant(), &shape, None).id_token, good);
        let claims = Jwt::parse(&issue(&keys, grant(), &short, None).id_token).unwrap().claims;
        assert_eq!(claims["exp"], ISSUED + 2);
    }

    #[test]
    fn the_members_of_header_and_claims_keep_their_order_in_any_shape() {
        let keys = keys();
        let plain = Jwt::parse(&issue(&keys, grant(), &TokenShape::default(), None).access_token);
        let plain = plain.unwrap();
        let shape: TokenShape =
            toml::from_str("claims = { more = 1 }\nheader = { irn = [] }").unwrap();
        let introspected = Grant { introspection_not_required: true, ..grant() };

        let shaped = Jwt::parse(&issue(&keys, introspected, &shape, None).access_token).unwrap();

        let names = |members: &serde_json::Map<String, serde_json::Value>| {
            members.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(&shaped.header), ["typ", "alg", "kid", "nri", "irn"]);
        assert_eq!(names(&shaped.claims)[..names(&plain.claims).len()], names(&plain.claims));
    }

    #[test]
    fn what_is_no_access_token_is_refused() {
        let keys = keys();
        let id_token = issue(&keys, grant(), &TokenShape::default(), None).id_token;

        for (token, rejection) in [
            (id_token.as_str(), Rejection::UnknownKey(keys.id.kid().to_owned())),
            ("", Rejection::NotAToken),
            ("abc", Rejection::NotAToken),
            ("a.b.c", Rejection::NotAToken),
            ("e30.e30.e30", Rejection::NotAToken),
        ] {
            assert_eq!(judge(&keys, token, ISSUED), Err(rejection), "given {token}");
        }
    }

    #[test]
    fn an_id_token_is_known_by_its_signature() {
        let keys = keys();
        let issued = issue(&keys, grant(), &TokenShape::default(), None);
        let (message, _) = issued.id_token.rsplit_once('.').unwrap();
        let forged = format!("{message}.{}", issued.access_token.rsplit('.').next().unwrap());

        for (token, is) in
            [(&issued.id_token, true), (&issued.access_token, false), (&forged, false)]
        {
            assert_eq!(is_id_token(&keys, token, at(ISSUED)), is, "given {token}");
        }
    }
}
