//! Headers.

use gatepass_protocol::{BasicCredentials, bearer_token};
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, PROXY_AUTHORIZATION},
};

use super::{REDACTED, name::id, token, words::scrub};

/// Headers whose values may be kept. Any other may hold somebody's key: only its name is.
const KNOWN: [&str; 58] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "dnt",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "prefer",
    "priority",
    "range",
    "retry-after",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-gatepass-case",
];
/// Headers that name an exchange; what looks like a secret there is none.
const IDS: [&str; 5] =
    ["request-id", "traceparent", "x-correlation-id", "x-request-id", "x-trace-id"];

/// The headers without their secrets, one a line, and the token of the `Authorization` header,
/// stripped.
pub(crate) fn headers(headers: &HeaderMap) -> (String, Option<String>) {
    let mut lines = String::with_capacity(256);
    let mut used = None;
    for (name, value) in headers {
        lines.push_str(name.as_str());
        lines.push_str(": ");
        let value = value.to_str().unwrap_or(REDACTED);
        if name == AUTHORIZATION || name == PROXY_AUTHORIZATION {
            used = used.or_else(|| bearer_token(value).ok().map(token::strip));
            lines.push_str(&authorization(value, used.as_deref()));
        } else {
            push_value(&mut lines, name, value);
        }
        lines.push('\n');
    }
    (lines, used)
}

fn push_value(lines: &mut String, name: &HeaderName, value: &str) {
    let name = name.as_str();
    if IDS.contains(&name) {
        lines.push_str(value);
    } else if KNOWN.contains(&name) && !has_user_info(value) {
        lines.push_str(&scrub(value));
    } else {
        lines.push_str(REDACTED);
    }
}

/// Whether a host or a URL may have credentials before it, or in its query.
fn has_user_info(value: &str) -> bool {
    value.contains('@') || (value.contains("://") && value.contains('?'))
}

/// The scheme, and whose credentials they are.
fn authorization(value: &str, bearer: Option<&str>) -> String {
    if let Ok(basic) = BasicCredentials::parse(value) {
        return format!("Basic {}:{REDACTED}", id(basic.id()));
    }
    match bearer {
        Some(stripped) => format!("Bearer {}", token::ends(stripped).unwrap_or(REDACTED)),
        None => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn shown(name: &'static str, value: &'static str) -> String {
        let map = [(HeaderName::from_static(name), HeaderValue::from_static(value))];
        let (lines, _) = headers(&map.into_iter().collect());
        lines.trim_end().split_once(": ").unwrap().1.to_owned()
    }

    #[test]
    fn only_what_is_known_to_be_harmless_is_kept() {
        for (name, value, kept) in [
            ("user-agent", "curl/8", "curl/8"),
            (
                "x-request-id",
                "5e0e8216cad04d4e6df7891e0352ede7",
                "5e0e8216cad04d4e6df7891e0352ede7",
            ),
            ("user-agent", "5e0e8216cad04d4e6df7891e0352ede7", REDACTED),
            ("x-api-key", "k", REDACTED),
            ("cookie", "session=s", REDACTED),
            ("host", "user:password@localhost", REDACTED),
            ("location", "http://localhost/?code=c", REDACTED),
            ("authorization", "Digest s", REDACTED),
            ("authorization", "Basic czpz", "Basic [redacted]:[redacted]"),
            ("authorization", "Bearer short", "Bearer [redacted]"),
            (
                "authorization",
                "Basic MWVhODM3MmUtZWVmYS00ZGYyLTkwODgtOWExMjM0ZjA4ZjNjOnM=",
                "Basic 1ea8372e-eefa-4df2-9088-9a1234f08f3c:[redacted]",
            ),
        ] {
            assert_eq!(shown(name, value), kept, "given {name}: {value}");
        }
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(KNOWN.is_sorted());
    }
}
