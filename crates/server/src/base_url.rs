//! The data center URL that the caller used, and so can reach.

use std::net::SocketAddr;

use http::{
    HeaderMap, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};
use url::Url;

/// The data center URL of one request: scheme, host, port and path prefix, no trailing slash.
///
/// Tokens and discovery name it, so that the same mock works as `localhost:8484` on the host and
/// as `gatepass:8484` between containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    host: String,
}

impl BaseUrl {
    /// A URL that is fixed by the configuration.
    pub(crate) fn fixed(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Self { text: url.as_str().trim_end_matches('/').to_owned(), host }
    }

    /// The URL that the request came to, as a proxy before us tells it (`X-Forwarded-Proto`,
    /// `-Host`, `-Prefix`) or the request and its connection do; `local` where neither names a host.
    pub(crate) fn of_request(
        headers: &HeaderMap,
        uri: &Uri,
        scheme: &Scheme,
        local: SocketAddr,
    ) -> Self {
        let scheme = match forwarded(headers, "x-forwarded-proto") {
            Some("https") => "https",
            Some("http") => "http",
            Some(_) | None => scheme.as_str(),
        };
        let host = forwarded(headers, "x-forwarded-host")
            .and_then(authority)
            .or_else(|| uri.authority().and_then(|authority_| authority(authority_.as_str())))
            .or_else(|| headers.get(HOST)?.to_str().ok().and_then(authority))
            .unwrap_or_else(|| local.to_string());
        let prefix = forwarded(headers, "x-forwarded-prefix").and_then(prefix).unwrap_or_default();
        Self { text: format!("{scheme}://{host}{prefix}"), host }
    }

    /// Host and port, as in a `Host` header: the audience of access tokens.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The `iss` of tokens (CONTRACT 3.5).
    pub(crate) fn issuer(&self) -> String {
        self.join("/bc")
    }

    /// The URL of a path that begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

/// The first value of a header that proxies add to.
fn forwarded<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?;
    text.split(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// A host with its port, or nothing where the text is more or less than that.
fn authority(text: &str) -> Option<String> {
    let authority: Authority = text.parse().ok()?;
    let plain = !authority.host().is_empty() && !text.contains('@');
    plain.then(|| text.to_owned())
}

fn prefix(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    (text.starts_with('/') && text.bytes().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn base_url(headers: &[(&str, &str)], uri: &str) -> String {
        over(&Scheme::HTTP, headers, uri)
    }

    fn over(scheme: &Scheme, headers: &[(&str, &str)], uri: &str) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            })
            .collect();
        let local = SocketAddr::from(([127, 0, 0, 1], 8484));
        BaseUrl::of_request(&headers, &uri.parse().unwrap(), scheme, local).join("")
    }

    #[test]
    fn it_is_the_one_that_the_caller_used() {
        for (headers, uri, expected) in [
            (vec![("host", "gatepass:8484")], "/idp/keys", "http://gatepass:8484"),
            (vec![("host", "localhost")], "/", "http://localhost"),
            (vec![("host", "[::1]:80")], "/", "http://[::1]:80"),
            (vec![], "/", "http://127.0.0.1:8484"),
            (vec![("host", "a:1")], "http://b:2/idp/keys", "http://b:2"),
            (
                vec![
                    ("host", "inner:8484"),
                    ("x-forwarded-proto", "https, http"),
                    ("x-forwarded-host", "outer.example, inner"),
                    ("x-forwarded-prefix", "/cloud/"),
                ],
                "/",
                "https://outer.example/cloud",
            ),
        ] {
            assert_eq!(base_url(&headers, uri), expected, "given {headers:?}");
        }
    }

    #[test]
    fn the_scheme_is_the_connections_unless_a_proxy_tells_another() {
        for (scheme, forwarded, expected) in [
            (Scheme::HTTPS, "", "https://a"),
            (Scheme::HTTPS, "http", "http://a"),
            (Scheme::HTTPS, "gopher", "https://a"),
            (Scheme::HTTP, "gopher", "http://a"),
            (Scheme::HTTP, "https", "https://a"),
        ] {
            let headers = [("host", "a"), ("x-forwarded-proto", forwarded)];
            assert_eq!(over(&scheme, &headers, "/"), expected, "given {scheme}, {forwarded}");
        }
    }

    #[test]
    fn a_host_that_is_none_is_passed_over() {
        for host in ["user@evil", "a b", "a/b", ""] {
            assert_eq!(base_url(&[("host", host)], "/"), "http://127.0.0.1:8484", "given {host}");
        }
    }

    #[test]
    fn a_fixed_url_loses_its_trailing_slash() {
        let url = BaseUrl::fixed(&"https://example.com:8443/cloud/".parse().unwrap());

        assert_eq!(url.join("/idp/keys"), "https://example.com:8443/cloud/idp/keys");
        assert_eq!(url.host(), "example.com:8443");
    }
}
