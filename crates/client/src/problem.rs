//! What is wrong with an answer that says yes.

use gatepass_protocol::EpochSeconds;

/// Why a 2xx answer can't be used. No message holds a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// Nothing where there should be something.
    #[error("it is empty")]
    Empty,
    /// An HTML page of a proxy, most often, or a body cut short.
    #[error("{} not JSON ({reason}); it begins: {excerpt}", typed(content_type.as_deref()))]
    NotJson {
        /// The `Content-Type` as it came.
        content_type: Option<String>,
        /// What the reader said, with the place.
        reason: String,
        /// The beginning of the body, without anything that may be a token.
        excerpt: String,
    },
    /// JSON, but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// More bytes than are read: a megabyte, or 64 of an answer of an API.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// A member that is needed.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member of another type.
    #[error("`{member}` is {found}, not {expected}")]
    WrongType {
        /// The member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A token that no header can carry (RFC 6750 section 2.1).
    #[error("`access_token` is empty or has characters that no token has")]
    MalformedToken,
    /// Not `bearer`.
    #[error("`token_type` is `{0}`, not `bearer`")]
    TokenType(String),
    /// Nothing says how long the token lives.
    #[error("both `expires_on` and `expires_in` are missing")]
    NoExpiry,
    /// The token came expired, by the clock of this machine.
    #[error("the token expired at {expires_on}, and the clock of this machine says {now}")]
    Expired {
        /// When it expired.
        expires_on: EpochSeconds,
        /// What the clock says.
        now: EpochSeconds,
    },
    /// No life that a token has: milliseconds, most often.
    #[error(
        "`{member}` is {value}, more than ten years ahead of the clock of this machine, {now}; \
         it has to be in seconds"
    )]
    Absurd {
        /// `expires_on` or `expires_in`.
        member: &'static str,
        /// What it is.
        value: i64,
        /// What the clock says.
        now: EpochSeconds,
    },
    /// JSON, but not what the contract describes (CONTRACT 6.2, 6.3, 6.4) or the caller expects.
    #[error("it is not {expected}: {reason}")]
    Document {
        /// `a discovery document`, `a key set`.
        expected: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// Discovery names an address for the keys that can't be asked.
    #[error("`jwks_uri` is `{url}`, {reason}")]
    JwksUri {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

fn typed(content_type: Option<&str>) -> String {
    match content_type {
        Some(content_type) => format!("it is `{content_type}` and"),
        None => "it has no `Content-Type` and is".to_owned(),
    }
}
