//! A stand-in for the platform's sign-in: embed it in a test, or serve it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use gatepass_server::Platform;
//! use jiff::SignedDuration;
//!
//! let platform = Platform::start().await?;
//! let client = platform.default_client();
//! println!("{} takes {}", platform.url(), client.client_id);
//!
//! platform.clock().advance(SignedDuration::from_hours(2)); // all tokens have expired
//! platform.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! It starts at once and the same way every time: its tenants, API clients and signing keys are
//! built in, it reads no file and asks no network. Start at [`Platform`].

mod access;
mod account;
mod base_url;
mod cases;
mod clock;
mod clocks;
mod config;
mod directory;
mod entropy;
mod exchange;
mod fixtures;
mod grants;
mod http;
mod inspection;
mod issuing;
mod journal;
mod live;
mod nearest;
mod opaque;
mod openapi;
mod oversight;
mod platform;
mod redaction;
mod revocation;
mod running;
mod sign_in;
mod stopwatch;
mod task_manager;
mod tokens;
mod toml_file;
mod totp;
mod transport;

pub use self::{
    account::UnknownClient,
    cases::{CaseError, CaseSummary, GoodClient, Kind, Route, UnknownCase},
    clock::Clock,
    config::{
        CaseEntries, CasesConfig, Config, ConfigError, JournalConfig, KeysConfig, OptionalMember,
        TlsConfig, TokenConfig, TokenResponseConfig,
    },
    directory::{DirectoryError, EntryProblem},
    exchange::{Exchange, Level},
    fixtures::{BuiltInClients, FixtureClient, FixtureError, FixtureUser, cases},
    inspection::Requests,
    journal::{JournalEntry, NoStatus, RecordedMessage, StatusFilter, TooFew},
    openapi::openapi,
    platform::Platform,
    redaction::TokenUsed,
    running::{PlatformBuilder, RunningPlatform, StartError},
    tokens::KeyError,
    toml_file::TomlError,
    transport::TlsError,
};
