//! What travels on the wire between an integration and the platform: types and codecs.
//!
//! No I/O, no clock and no HTTP crate: a client, a server and a test read and write the same
//! bytes through these types. Each rule names the section of `CONTRACT.md` or the RFC that it
//! comes from.
//!
//! ```
//! use gatepass_protocol::{BasicCredentials, Secret};
//!
//! let header = BasicCredentials::new("id", Secret::from("s3cret:with:colons"))?.render();
//! let read = BasicCredentials::parse(&header)?;
//! assert_eq!((read.id(), read.secret().reveal()), ("id", "s3cret:with:colons"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api_client;
mod authorization;
mod claims;
mod discovery;
mod epoch;
mod error_body;
mod form;
mod grant_type;
mod ids;
mod introspection;
mod jwt;
mod registration_token;
mod scope;
mod secret;
mod tenant;
mod token_response;
mod user;

pub use api_client::{
    ApiClientDocument, ApiClientStatus, ApiClientType, CreatedApiClientDocument,
    TokenEndpointAuthMethod,
};
pub use authorization::{AuthorizationError, BasicCredentials, ColonInId, bearer_token};
pub use claims::{AccessPolicy, AccessTokenClaims, IdTokenClaims};
pub use discovery::DiscoveryDocument;
pub use epoch::{EpochSeconds, OutOfRange};
pub use error_body::{
    ApiError, ApiErrorBody, ApiErrorDetails, TaskErrorBody, TokenErrorBody, TokenErrorCode,
};
pub use form::{Form, RepeatedParameter};
pub use grant_type::{GrantType, UnknownGrantType};
pub use ids::{ClientId, InvalidId, TenantId, UserId};
pub use introspection::{IntrospectedToken, Introspection};
pub use jwt::{Jwt, JwtError};
pub use registration_token::RegistrationTokenDocument;
pub use scope::{Scope, ScopeError, ScopeToken};
pub use secret::Secret;
pub use tenant::{TenantDocument, TenantKind};
pub use token_response::TokenResponse;
pub use user::{MfaStatus, UserContact, UserDocument};
