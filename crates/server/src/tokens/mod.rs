//! Tokens: the keys that sign them, their issue and their verification.

mod client_tokens;
mod issue;
mod jwks;
mod key_ring;
mod keys;
mod refresh_token;
mod registry;
mod rotation;
mod shape;
mod signed;
mod verify;

pub use self::keys::KeyError;
use self::signed::Signed;
pub(crate) use self::{
    client_tokens::RefreshRejection,
    issue::{Grant, Subject, issue},
    jwks::Jwks,
    key_ring::KeyRing,
    keys::SigningKey,
    refresh_token::RefreshToken,
    registry::{AccessToken, Registry},
    rotation::{KeyFile, Keys},
    shape::{IdTokenShape, TokenShape},
    verify::{Rejection, is_id_token, verify},
};
