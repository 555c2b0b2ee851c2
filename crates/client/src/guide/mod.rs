//! How to use this crate in a service, on the command line, in a job, and in tests.
//!
//! Each example runs against the mock platform that `gatepass-server` embeds; against the real
//! platform only the URL and the credentials differ.
//!
#![doc = include_str!("service.md")]
#![doc = include_str!("job.md")]
#![cfg_attr(feature = "blocking", doc = include_str!("command_line.md"))]
#![doc = include_str!("tests.md")]
