//! The binary as a process: what it prints, what it leaves, how it ends.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod cases;
mod check;
mod check_reports;
mod clock;
mod decode;
mod harness;
mod health;
mod run;
mod serve;
mod static_server;
mod tls;
mod token;
mod usage;
