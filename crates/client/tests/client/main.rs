//! The client against scripted servers, over real sockets, with the clock and the timer injected.

#![expect(clippy::unwrap_used, reason = "helpers of tests unwrap as tests do")]

mod answers;
mod api_retries;
mod authorized_client;
mod brake;
mod deadlines;
mod disk_cache;
#[cfg(any(feature = "tower", feature = "reqwest-middleware", feature = "blocking"))]
mod ecosystem;
mod keys;
mod refresh;
mod retries;
mod scoped;
mod support;
mod telemetry;
mod token_flow;
mod verification;
