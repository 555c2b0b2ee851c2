//! The client against scripted servers, over real sockets, with the clock and the timer injected.

#![expect(clippy::unwrap_used, reason = "helpers of tests unwrap as tests do")]

mod answers;
mod authorized_client;
mod keys;
mod retries;
mod support;
mod token_flow;
