//! The binary as a process: what it prints, what it leaves, how it ends.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod check;
mod decode;
mod harness;
mod health;
mod run;
mod serve;
mod static_server;
mod token;
mod usage;
