//! The suite against servers of its own, over real sockets: right ones, wrong ones, strangers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reports;
mod secrecy;
mod selection;
mod strangers;
mod support;
