//! The `Authorization` header: HTTP Basic (RFC 7617) and Bearer (RFC 6750).

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::Secret;

/// What is wrong with an `Authorization` header. Nothing of the credentials is in the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The header names another scheme than the one that is needed: `Basic` or `Bearer`. Which is
    /// not told, for what stands there may be a secret without a scheme.
    #[error("the Authorization scheme is not `{0}`")]
    Scheme(&'static str),
    /// Nothing follows the name of the scheme.
    #[error("the Authorization header has no credentials after `{0}`")]
    NoCredentials(&'static str),
    /// What follows `Basic` is not Base64 with padding (RFC 4648 section 4).
    #[error("the Basic credentials are not valid Base64")]
    NotBase64,
    /// The decoded credentials are not UTF-8.
    #[error("the Basic credentials are not UTF-8 text")]
    NotText,
    /// No colon parts the client ID from the secret.
    #[error("the Basic credentials have no colon between client ID and secret")]
    NoColon,
    /// The Bearer token has characters that no token has (RFC 6750 section 2.1).
    #[error("the Bearer token is malformed")]
    MalformedToken,
}

/// An ID with a colon can't be sent with HTTP Basic: it would end there (RFC 7617 section 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an ID for HTTP Basic has no colon in it")]
pub struct ColonInId;

/// The two parts of HTTP Basic credentials, as they are: neither is percent-decoded, for the
/// platform does not (CONTRACT 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicCredentials {
    id: String,
    secret: Secret,
}

impl BasicCredentials {
    /// Credentials of an ID and a secret.
    ///
    /// # Errors
    /// [`ColonInId`] when the ID has a colon.
    pub fn new(id: impl Into<String>, secret: Secret) -> Result<Self, ColonInId> {
        let id = id.into();
        if id.contains(':') {
            return Err(ColonInId);
        }
        Ok(Self { id, secret })
    }

    /// The part before the first colon: a `client_id` or a login.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The part after the first colon.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Reads the value of an `Authorization` header. The scheme's case and the number of spaces
    /// after it do not matter (CONTRACT 2.1, RFC 9110 section 11.4).
    ///
    /// # Errors
    /// [`AuthorizationError`] says which part is wrong.
    pub fn parse(header: &str) -> Result<Self, AuthorizationError> {
        let encoded = after_scheme(header, "Basic")?;
        let decoded = STANDARD.decode(encoded).map_err(|_| AuthorizationError::NotBase64)?;
        let text = String::from_utf8(decoded).map_err(|_| AuthorizationError::NotText)?;
        let (id, secret) = text.split_once(':').ok_or(AuthorizationError::NoColon)?;
        Ok(Self { id: id.to_owned(), secret: Secret::from(secret) })
    }

    /// The value of an `Authorization` header that carries these credentials.
    pub fn render(&self) -> String {
        let text = format!("{}:{}", self.id, self.secret.reveal());
        format!("Basic {}", STANDARD.encode(text))
    }
}

/// The token in the value of an `Authorization` header.
///
/// # Errors
/// [`AuthorizationError`] when the scheme is not Bearer or the token has characters outside
/// `b64token` (RFC 6750 section 2.1).
pub fn bearer_token(header: &str) -> Result<&str, AuthorizationError> {
    let token = after_scheme(header, "Bearer")?;
    let text = token.trim_end_matches('=');
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if text.is_empty() || !text.bytes().all(valid) {
        return Err(AuthorizationError::MalformedToken);
    }
    Ok(token)
}

fn after_scheme<'a>(
    header: &'a str,
    expected: &'static str,
) -> Result<&'a str, AuthorizationError> {
    let header = header.trim_matches([' ', '\t']);
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case(expected) {
        return Err(AuthorizationError::Scheme(expected));
    }
    match credentials.trim_start_matches(' ') {
        "" => Err(AuthorizationError::NoCredentials(expected)),
        credentials => Ok(credentials),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_to_be_wrong_is_named() {
        let scheme = || AuthorizationError::Scheme("Basic");
        for (given, error) in [
            ("Bearer abc", scheme()),
            ("", scheme()),
            ("BasicYTpi", scheme()),
            ("Basic", AuthorizationError::NoCredentials("Basic")),
            ("Basic   ", AuthorizationError::NoCredentials("Basic")),
            ("Basic %%%", AuthorizationError::NotBase64),
            ("Basic YTpi YTpi", AuthorizationError::NotBase64),
            ("Basic YTpiYw", AuthorizationError::NotBase64), // without its padding
            ("Basic gTpi", AuthorizationError::NotText),
            ("Basic YWI=", AuthorizationError::NoColon),
        ] {
            assert_eq!(BasicCredentials::parse(given), Err(error), "given {given}");
        }
    }

    #[test]
    fn the_case_of_the_scheme_and_the_spaces_do_not_matter() {
        for given in ["Basic YTpi", "basic YTpi", "BASIC    YTpi", "bAsIc YTpi  "] {
            let read = BasicCredentials::parse(given).unwrap();

            assert_eq!((read.id(), read.secret().reveal()), ("a", "b"), "given {given}");
        }
    }

    #[test]
    fn percent_signs_stay_as_they_are() {
        let read = BasicCredentials::parse("Basic YSUyMDolM0E=").unwrap();

        assert_eq!((read.id(), read.secret().reveal()), ("a%20", "%3A"));
    }

    #[test]
    fn an_id_with_a_colon_is_refused() {
        assert_eq!(BasicCredentials::new("a:b", Secret::from("c")), Err(ColonInId));
    }

    #[test]
    fn a_bearer_token_is_one_word_of_token_characters() {
        assert_eq!(bearer_token("bearer  a.b-c_d~+/=="), Ok("a.b-c_d~+/=="));
        for given in ["Bearer a b", "Bearer =", "Bearer a,b", "Bearer é"] {
            assert_eq!(
                bearer_token(given),
                Err(AuthorizationError::MalformedToken),
                "given {given}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(id in "[^:]*", secret in ".*") {
            let credentials = BasicCredentials::new(id, Secret::from(secret)).unwrap();

            prop_assert_eq!(BasicCredentials::parse(&credentials.render()), Ok(credentials));
        }

        #[test]
        fn no_header_makes_the_readers_panic(header in ".*") {
            let _ = BasicCredentials::parse(&header);
            let _ = bearer_token(&header);
        }

        #[test]
        fn nothing_after_basic_makes_the_reader_panic(header in "[bB]asic [A-Za-z0-9+/]{0,40}={0,2}") {
            let _ = BasicCredentials::parse(&header);
        }
    }
}
