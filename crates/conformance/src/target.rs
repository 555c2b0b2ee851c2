//! What is checked, and what its owner lends us for it.

use std::fmt;

use url::Url;

/// Requests with a wrong secret that a run may send for one API client, unless told otherwise:
/// few enough for a platform that locks out after more.
const MAX_WRONG_SECRETS: u32 = 3;

/// The ID and the secret of an API client.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Credentials {
    /// The credentials of the API client `client_id`.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials({}, …)", self.client_id)
    }
}

/// A base URL to check, and what the caller can offer it.
///
/// What is not offered is not guessed: the checks that need it are skipped.
#[derive(Debug, Clone)]
pub struct Target {
    pub(crate) base: Url,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) foreign_client_id: Option<String>,
    pub(crate) disabled_client: Option<Credentials>,
    pub(crate) post_client: Option<Credentials>,
    pub(crate) introspector: Option<Credentials>,
    pub(crate) reader: Option<Credentials>,
    pub(crate) user: Option<User>,
    pub(crate) two_factor_user: Option<User>,
    pub(crate) max_wrong_secrets: u32,
    pub(crate) allow_changes: bool,
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) http_version: HttpVersion,
    pub(crate) certificate_authority: Option<Vec<u8>>,
}

/// The login and the password of a user.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    pub(crate) login: String,
    pub(crate) password: String,
}

impl User {
    /// The user who logs in with `login` and `password`.
    pub fn new(login: impl Into<String>, password: impl Into<String>) -> Self {
        Self { login: login.into(), password: password.into() }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "User({}, …)", self.login)
    }
}

/// The version of HTTP that requests are sent in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/2 where the target offers it in the TLS handshake, HTTP/1.1 elsewhere.
    #[default]
    Negotiated,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only; without TLS, with prior knowledge (RFC 9113 3.3).
    Http2,
}

impl Target {
    /// The data center at `url`, for example `https://eu2-cloud.acronis.com`; a path stays in
    /// front of the platform's own paths.
    ///
    /// # Errors
    ///
    /// When `url` is not an absolute `http` or `https` URL, or says more than a base URL may:
    /// credentials, a query, a fragment.
    pub fn new(url: &str) -> Result<Self, TargetError> {
        let base = Url::parse(url)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(TargetError::Scheme(base.scheme().to_owned()));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(TargetError::Query);
        }
        Ok(Self {
            base,
            credentials: None,
            foreign_client_id: None,
            disabled_client: None,
            post_client: None,
            introspector: None,
            reader: None,
            user: None,
            two_factor_user: None,
            max_wrong_secrets: MAX_WRONG_SECRETS,
            allow_changes: false,
            requests_per_second: None,
            http_version: HttpVersion::default(),
            certificate_authority: None,
        })
    }

    /// Checks as this API client, registered for `client_secret_basic`.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Names an API client outside the tenants that the caller may see.
    #[must_use]
    pub fn with_foreign_client_id(mut self, client_id: String) -> Self {
        self.foreign_client_id = Some(client_id);
        self
    }

    /// Names a disabled API client, with its right secret.
    #[must_use]
    pub fn with_disabled_client(mut self, credentials: Credentials) -> Self {
        self.disabled_client = Some(credentials);
        self
    }

    /// Names an API client that is registered for `client_secret_post`.
    #[must_use]
    pub fn with_post_client(mut self, credentials: Credentials) -> Self {
        self.post_client = Some(credentials);
        self
    }

    /// Names an API client with the role of a token introspector (CONTRACT 6.2).
    #[must_use]
    pub fn with_introspector(mut self, credentials: Credentials) -> Self {
        self.introspector = Some(credentials);
        self
    }

    /// Names an API client that may read API clients and tenants, and change none (CONTRACT 5.5).
    #[must_use]
    pub fn with_reader_client(mut self, credentials: Credentials) -> Self {
        self.reader = Some(credentials);
        self
    }

    /// Names a user without two-factor login, for the password grant.
    #[must_use]
    pub fn with_user(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// Names a user with two-factor login, whose codes are not known.
    #[must_use]
    pub fn with_two_factor_user(mut self, user: User) -> Self {
        self.two_factor_user = Some(user);
        self
    }

    /// Allows checks that make API clients, change and delete them, and revoke tokens. What they
    /// make they delete. A Gatepass mock is there to be changed, and needs no leave.
    #[must_use]
    pub fn with_changes_allowed(mut self, allowed: bool) -> Self {
        self.allow_changes = allowed;
        self
    }

    /// Bounds the requests per second; no bound by default.
    ///
    /// # Errors
    ///
    /// When `rate` is not a number above 0.
    pub fn with_rate(mut self, rate: f64) -> Result<Self, TargetError> {
        if !rate.is_finite() || rate <= 0.0 {
            return Err(TargetError::Rate(rate));
        }
        self.requests_per_second = Some(rate);
        Ok(self)
    }

    /// Sends requests in this version of HTTP. Checks of HTTP/1.1 itself speak that.
    #[must_use]
    pub fn with_http_version(mut self, version: HttpVersion) -> Self {
        self.http_version = version;
        self
    }

    /// Trusts the certificates of this authority alone, given in PEM.
    #[must_use]
    pub fn with_certificate_authority(mut self, pem: Vec<u8>) -> Self {
        self.certificate_authority = Some(pem);
        self
    }

    /// Bounds the failed authentications in the name of the caller's API client; 3 by default.
    #[must_use]
    pub fn with_max_wrong_secrets(mut self, max: u32) -> Self {
        self.max_wrong_secrets = max;
        self
    }

    /// The base URL without a slash at its end.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Every pair of credentials that the caller lends, with the name of its shell variables.
    pub(crate) fn all_credentials(&self) -> impl Iterator<Item = (&'static str, &Credentials)> {
        [
            ("CLIENT", &self.credentials),
            ("DISABLED_CLIENT", &self.disabled_client),
            ("POST_CLIENT", &self.post_client),
            ("INTROSPECTOR_CLIENT", &self.introspector),
            ("READER_CLIENT", &self.reader),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.as_ref().map(|credentials| (name, credentials)))
    }
}

/// Why a text is not the base URL of a target.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is no absolute URL.
    #[error("the target is not a URL")]
    Url(#[from] url::ParseError),
    /// It is a URL of something else.
    #[error("scheme `{0}` is not `http` or `https`")]
    Scheme(String),
    /// It holds a user name or a password.
    #[error("the URL holds credentials; give the data center URL alone")]
    Credentials,
    /// It holds a query or a fragment.
    #[error("the URL holds a query or a fragment; give the data center URL alone")]
    Query,
    /// It is no rate.
    #[error("a rate of {0} requests per second makes no sense; give a number above 0")]
    Rate(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_says_nothing_but_where() {
        for (given, complaint) in [
            ("ftp://host", "scheme `ftp` is not `http` or `https`"),
            ("https://me:it@host", "the URL holds credentials; give the data center URL alone"),
            (
                "http://host/?a",
                "the URL holds a query or a fragment; give the data center URL alone",
            ),
            ("host", "the target is not a URL"),
        ] {
            let error = Target::new(given).unwrap_err();
            assert_eq!(error.to_string(), complaint, "given {given}");
        }
    }

    #[test]
    fn a_slash_at_the_end_does_not_matter() {
        for (given, base) in [("http://h:1/", "http://h:1"), ("http://h/eu/", "http://h/eu")] {
            assert_eq!(Target::new(given).unwrap().url(), base);
        }
    }

    #[test]
    fn debug_does_not_show_a_secret() {
        let target =
            Target::new("http://h").unwrap().with_credentials(Credentials::new("id", "hush"));

        assert!(!format!("{target:?}").contains("hush"));
    }
}
