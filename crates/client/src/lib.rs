//! The platform's token flow for applications: sign in with an API client, call the APIs, verify
//! tokens.
//!
//! ```
//! use gatepass_client::{AuthorizedClient, Credentials, TokenSource};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = gatepass_server::Platform::start().await?;
//! # let (url, client) = (mock.url(), mock.default_client());
//! # let (client_id, secret) = (client.client_id.to_string(), client.client_secret);
//! // `https://eu2-cloud.acronis.com`, and what the management console showed once.
//! let tokens = TokenSource::new(url.parse()?, Credentials::new(&client_id, secret)?)?;
//!
//! // The token is asked for once and kept; an answer 401 gets a new one.
//! let platform = AuthorizedClient::new(tokens);
//! let path = format!("/api/2/clients/{client_id}");
//! let client: serde_json::Value = platform.get(&path).fetch_json().await?;
//! println!("this API client belongs to tenant {}", client["tenant_id"]);
//! # Ok(())
//! # }
//! ```
//!
//! - [`TokenSource`] gives tokens, [`AuthorizedClient`] uses them.
//! - [`TokenVerifier`] verifies tokens that others present; [`Discovery`] and [`KeySet`] are what it
//!   is made of.
//! - [`Error`] says what failed where; [`Error::is_transient`] says whether to try again later.
//! - [`Clock`], [`Timer`] and [`Jitter`] replace time and chance in tests.
//!
//! The [`guide`] has whole examples for a service, a job, a command-line tool and tests.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | adds |
//! |---|---|
//! | `blocking` | the module `blocking`, for programs without async code |
//! | `disk-cache` | `DiskCache`: tokens kept in a file, encrypted where there is a keyring |
//! | `tower` | `AuthorizeLayer`, for HTTP clients that are a `tower` service |
//! | `reqwest-middleware` | `AuthorizeMiddleware` |
//! | `metrics` | counters: `gatepass_client_tokens_issued_total`, `…_cache_hits_total`, `…_retries_total`, `…_failures_total`; the last two with the label `stage` |
//! | `tracing` | a span `platform_request` for each request, events for retries and outcomes |

#[cfg(feature = "tower")]
mod authorize_layer;
#[cfg(feature = "reqwest-middleware")]
mod authorize_middleware;
mod authorized_client;
#[cfg(feature = "blocking")]
pub mod blocking;
mod brake;
mod builder;
mod cache;
#[cfg(test)]
mod cache_model;
mod call;
mod clock;
mod credentials;
mod data_center;
mod discovery;
#[cfg(feature = "disk-cache")]
mod disk_cache;
mod endpoint;
mod error;
mod exchange;
pub mod guide;
mod issuers;
mod kept;
mod keys;
mod problem;
mod question;
mod retry;
mod schedule;
mod telemetry;
mod text;
mod token;
mod token_source;
mod verifier;

#[cfg(feature = "tower")]
pub use authorize_layer::{Authorize, AuthorizeLayer, BoxError};
#[cfg(feature = "reqwest-middleware")]
pub use authorize_middleware::AuthorizeMiddleware;
pub use authorized_client::{AuthorizedClient, AuthorizedRequest};
pub use builder::{BuildError, TokenSourceBuilder};
pub use clock::{Clock, Jitter, RandomJitter, SystemClock, Timer, TokioTimer};
pub use credentials::{Credentials, CredentialsError};
pub use data_center::{DataCenter, DataCenterError};
pub use discovery::Discovery;
#[cfg(feature = "disk-cache")]
pub use disk_cache::DiskCache;
pub use error::{Error, Refusal, Stage};
pub use keys::{KeySet, VerifyError};
pub use problem::AnswerProblem;
pub use token::{AccessToken, Token};
pub use token_source::TokenSource;
pub use verifier::{Claims, TokenVerifier};

pub use gatepass_protocol::{
    DiscoveryDocument, EpochSeconds, IntrospectedToken, Introspection, JwtError, Secret, TenantId,
};
