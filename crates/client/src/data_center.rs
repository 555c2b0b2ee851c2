//! Where the platform is.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// The data center URL, such as `https://eu2-cloud.acronis.com`: scheme, host, port and an optional
/// path prefix, without a slash at the end.
///
/// Plain HTTP is taken for a loopback host only, for the client secret travels with every token
/// request; [`DataCenter::allowing_plain_http`] lifts that.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DataCenter(Url);

/// What is wrong with a data center URL. Nothing of the URL but its host is in the message, for it
/// may hold credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataCenterError {
    /// `eu2-cloud.acronis.com` instead of `https://eu2-cloud.acronis.com`.
    #[error("the data center URL has no scheme; put `https://` before it")]
    NoScheme,
    /// The rest is no URL.
    #[error("the data center URL is malformed")]
    Malformed(#[source] url::ParseError),
    /// Another scheme.
    #[error("the data center URL has the scheme `{0}`; `https` is needed")]
    Scheme(String),
    /// `https://name:password@host`.
    #[error("the data center URL has a user name or a password in it; give credentials apart")]
    UserInfo,
    /// `https://host/?a=b`.
    #[error("the data center URL has a query; end it before the `?`")]
    Query,
    /// `https://host/#a`.
    #[error("the data center URL has a fragment; end it before the `#`")]
    Fragment,
    /// `http` for a host that is not this machine.
    #[error(
        "plain HTTP would show the client secret to everyone between here and `{host}`; \
         use `https`, or allow plain HTTP if that network is yours"
    )]
    PlainHttp {
        /// The host of the URL.
        host: String,
    },
}

impl DataCenter {
    /// Reads a data center URL and takes plain HTTP for any host: for a mock in the next container.
    ///
    /// # Errors
    /// [`DataCenterError`] says what is wrong and what to do.
    pub fn allowing_plain_http(text: &str) -> Result<Self, DataCenterError> {
        let text = text.trim();
        if !text.contains("://") {
            return Err(DataCenterError::NoScheme);
        }
        let mut url = Url::parse(text).map_err(DataCenterError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(DataCenterError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DataCenterError::UserInfo);
        }
        if url.query().is_some() {
            return Err(DataCenterError::Query);
        }
        if url.fragment().is_some() {
            return Err(DataCenterError::Fragment);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&prefix);
        Ok(Self(url))
    }

    /// The URL of a path of the platform, which may have a query: `/api/2/users/me`, with or without
    /// the slash in front. Whatever the path says, the URL is below that of the data center: `..`
    /// leads no further up.
    pub fn url(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let path = path.trim_start_matches('/');
        let mut url = self.0.clone();
        url.set_path(path);
        if !self.prefix().is_empty() {
            let path = [self.prefix(), url.path()].concat();
            url.set_path(&path);
        }
        if query.is_some() {
            url.set_query(query);
        }
        url
    }

    /// Whether the data center is on this machine: `localhost`, `127.0.0.0/8`, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            None => false,
        }
    }

    /// Whether a URL leads to the data center, where its tokens may go.
    #[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
    pub(crate) fn covers(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(self.prefix());
        self.0.origin() == url.origin()
            && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether what travels to the data center is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    fn prefix(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl FromStr for DataCenter {
    type Err = DataCenterError;

    fn from_str(text: &str) -> Result<Self, DataCenterError> {
        let data_center = Self::allowing_plain_http(text)?;
        if data_center.is_encrypted() || data_center.is_loopback() {
            return Ok(data_center);
        }
        let host = data_center.0.host_str().unwrap_or_default().to_owned();
        Err(DataCenterError::PlainHttp { host })
    }
}

impl fmt::Display for DataCenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for DataCenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataCenter({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_normalised() {
        for (given, expected) in [
            ("https://eu2-cloud.acronis.com", "https://eu2-cloud.acronis.com"),
            (" HTTPS://EU2-Cloud.Acronis.com:443/ \n", "https://eu2-cloud.acronis.com"),
            ("https://host:8443//", "https://host:8443"),
            ("https://gateway/acronis/eu2//", "https://gateway/acronis/eu2"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("http://localhost:8484/", "http://localhost:8484"),
            ("http://mock.localhost", "http://mock.localhost"),
            ("http://127.1.2.3", "http://127.1.2.3"),
            ("http://[::1]:8484", "http://[::1]:8484"),
            ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
        ] {
            let data_center: DataCenter = given.parse().unwrap();

            assert_eq!(data_center.to_string(), expected, "given {given}");
        }
    }

    #[test]
    fn each_way_to_be_wrong_is_named_with_the_way_out() {
        for (given, complaint) in [
            ("", "the data center URL has no scheme; put `https://` before it"),
            ("localhost:8484", "the data center URL has no scheme; put `https://` before it"),
            ("https://", "the data center URL is malformed"),
            ("https://host:99999", "the data center URL is malformed"),
            ("ftp://host", "the data center URL has the scheme `ftp`; `https` is needed"),
            (
                "https://id:hunter2@host",
                "the data center URL has a user name or a password in it; give credentials apart",
            ),
            (
                "https://:hunter2@host",
                "the data center URL has a user name or a password in it; give credentials apart",
            ),
            ("https://host/?a=b", "the data center URL has a query; end it before the `?`"),
            ("https://host#a", "the data center URL has a fragment; end it before the `#`"),
            (
                "http://127.0.0.1.example.com",
                "plain HTTP would show the client secret to everyone between here and \
                 `127.0.0.1.example.com`; use `https`, or allow plain HTTP if that network is yours",
            ),
        ] {
            let error = given.parse::<DataCenter>().unwrap_err();

            assert_eq!(error.to_string(), complaint, "given {given}");
        }
    }

    #[test]
    fn plain_http_to_another_machine_has_to_be_allowed() {
        let data_center = DataCenter::allowing_plain_http("http://gatepass:8484").unwrap();

        assert_eq!(data_center.to_string(), "http://gatepass:8484");
    }

    #[test]
    fn a_path_is_joined_below_the_prefix() {
        for (base, path, expected) in [
            ("https://host", "/api/2/users/me", "https://host/api/2/users/me"),
            ("https://host/", "api/2/users/me", "https://host/api/2/users/me"),
            (
                "https://host/eu2/",
                "/api/2/tasks?a=b c&d=?",
                "https://host/eu2/api/2/tasks?a=b%20c&d=?",
            ),
            ("https://host", "", "https://host/"),
            ("https://host/eu2", "", "https://host/eu2/"),
            ("https://host/eu2", "../a", "https://host/eu2/a"),
            ("https://host/eu2", "/a/%2e%2e/../b%2F?../c", "https://host/eu2/b%2F?../c"),
            ("https://host/eu2", "\\..\\a", "https://host/eu2/a"),
        ] {
            let data_center: DataCenter = base.parse().unwrap();

            assert_eq!(data_center.url(path).as_str(), expected, "given {base} and {path}");
        }
    }

    #[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
    #[test]
    fn a_url_of_another_host_or_beside_the_prefix_is_not_the_data_centers() {
        let data_center: DataCenter = "https://host/eu2".parse().unwrap();
        for (url, covered) in [
            ("https://host/eu2/api/2/users/me?a=b", true),
            ("https://host:443/eu2", true),
            ("https://host/eu2x/api", false),
            ("https://host/api", false),
            ("https://host/eu2/../api", false),
            ("https://host:8443/eu2/api", false),
            ("http://host/eu2/api", false),
            ("https://evil.com/eu2/api", false),
        ] {
            assert_eq!(data_center.covers(&Url::parse(url).unwrap()), covered, "given {url}");
        }
    }

    #[test]
    fn no_path_leads_to_another_host() {
        let data_center: DataCenter = "https://host:8443".parse().unwrap();
        for path in [
            "//evil.com/a",
            "https://evil.com",
            "\\\\evil.com",
            "@evil.com",
            ":80/",
            "..",
            "\t//evil.com",
        ] {
            let url = data_center.url(path);

            let origin = (url.scheme(), url.host_str(), url.port(), url.username());
            assert_eq!(origin, ("https", Some("host"), Some(8443), ""), "given {path}");
        }
    }
}
