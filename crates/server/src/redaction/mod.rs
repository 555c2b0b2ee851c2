//! Secrets are taken out of what passes by before anything of it is kept or told.
//!
//! What a name marks as secret is hidden; a token loses its signature, without which it is worth
//! nothing, and keeps what it says; and what looks like a secret or a token without a name is
//! hidden, too. What can't be read can't be searched for secrets, so it is left out.

mod body;
mod headers;
mod name;
mod pairs;
mod token;
mod words;

pub use self::token::TokenUsed;
pub(crate) use self::{
    body::{Body, Content, Side, body},
    headers::headers,
    pairs::{query, token_of_form},
    token::expand,
    words::scrub,
};

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";
