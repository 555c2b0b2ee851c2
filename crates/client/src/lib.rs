//! The platform's token flow for applications: sign in with an API client, call the APIs, verify
//! tokens.
//!
//! ```no_run
//! use gatepass_client::{AuthorizedClient, Credentials, DataCenter, TokenSource};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let data_center: DataCenter = "https://eu2-cloud.acronis.com".parse()?;
//! let credentials = Credentials::new(std::env::var("CLIENT_ID")?, std::env::var("CLIENT_SECRET")?)?;
//! let tokens = TokenSource::new(data_center, credentials)?;
//!
//! // The token is asked for once and kept; an answer 401 gets a new one.
//! let platform = AuthorizedClient::new(tokens.clone());
//! let path = format!("/api/2/clients/{}", tokens.client_id());
//! let client: serde_json::Value = platform.get(&path).send().await?.json().await?;
//! println!("this API client belongs to tenant {}", client["tenant_id"]);
//! # Ok(())
//! # }
//! ```
//!
//! - [`TokenSource`] gives tokens, [`AuthorizedClient`] uses them.
//! - [`Discovery`] fetches the keys, [`KeySet`] verifies tokens with them.
//! - [`Error`] says what failed where; [`Error::is_transient`] says whether to try again later.
//! - [`Clock`] and [`Timer`] replace time in tests.

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
mod endpoint;
mod error;
mod exchange;
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
pub use error::{Error, Refusal, Stage};
pub use keys::{KeySet, VerifyError};
pub use problem::AnswerProblem;
pub use token::{AccessToken, Token};
pub use token_source::TokenSource;
pub use verifier::{Claims, TokenVerifier};

pub use gatepass_protocol::{
    DiscoveryDocument, EpochSeconds, IntrospectedToken, Introspection, JwtError, Secret, TenantId,
};
