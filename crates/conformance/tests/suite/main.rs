//! The suite against servers that are no platform, its selections and its reports.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reports;
mod selection;
mod strangers;
