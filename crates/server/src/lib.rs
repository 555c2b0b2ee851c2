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
mod base_url;
mod clock;
mod clocks;
mod config;
mod directory;
mod entropy;
mod exchange;
mod fixtures;
mod grants;
mod http;
mod issuing;
mod platform;
mod revocation;
mod running;
mod sign_in;
mod task_manager;
mod tokens;
mod toml_file;
mod totp;

pub use self::{
    clock::Clock,
    config::{Config, ConfigError, KeysConfig, OptionalMember, TokenConfig, TokenResponseConfig},
    directory::{DirectoryError, EntryProblem},
    exchange::{Exchange, Level},
    fixtures::{BuiltInClients, FixtureClient, FixtureError},
    platform::Platform,
    running::{PlatformBuilder, RunningPlatform, StartError},
    tokens::KeyError,
    toml_file::TomlError,
};
