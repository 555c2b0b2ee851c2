//! HTTP/1.1 byte by byte, for what a well-behaved HTTP client never sends.

mod answer;
mod connection;
mod script;

pub(crate) use self::connection::Connection;
pub(crate) use self::script::{RawRequest, Turn, repeat, sent};
