//! Black-box checks of any base URL against the platform's wire contract, and their reports.
//!
//! A [`Target`] is a base URL and what the caller can offer it, a [`Suite`] is a selection of
//! checks, and [`Suite::run`] makes a [`Report`] of them, which [`report`] writes for people
//! and for machines. The crate knows raw HTTP and JSON only: it shares no type with the mock
//! server, so that a member misnamed there cannot hide here.
//!
//! ```no_run
//! use gatepass_conformance::{Credentials, Suite, Target, report};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Target::new("http://127.0.0.1:8484")?
//!     .with_credentials(Credentials::new("an id", "a secret"));
//! let found = Suite::default().run(&target).await?;
//! let text = report::human(&found, false);
//! assert!(found.is_good(), "{text}");
//! # Ok(())
//! # }
//! ```

mod answer;
mod api_code;
mod baseline;
mod check;
mod checks;
mod clock;
mod curl;
#[doc(hidden)]
pub mod each_check;
mod evidence;
mod exchange;
mod jwt;
mod made_clients;
mod malformed;
mod need;
mod outcome;
mod pace;
mod probe;
pub mod report;
mod request;
mod schema;
mod secrets;
mod session;
mod statements;
mod suite;
mod survey;
mod target;
mod whole_list;
mod wire;

pub use baseline::{Baseline, BaselineError};
pub use check::{Check, Level};
pub use each_check::Subject;
pub use exchange::{Exchange, Received, Sent};
pub use need::Need;
pub use outcome::{CheckReport, Outcome, Report, Standing, Summary};
pub use statements::{Statement, statements};
pub use suite::{Progress, RunError, Suite, UnknownCheck};
pub use target::{Credentials, HttpVersion, Target, TargetError, User};
