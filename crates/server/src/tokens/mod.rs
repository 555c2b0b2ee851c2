//! Tokens: the keys that sign them, their issue and their verification.

mod issue;
mod keys;
mod registry;
mod shape;
mod signed;
mod verify;

pub use self::keys::KeyError;
use self::signed::Signed;
pub(crate) use self::{
    issue::{Grant, Subject, issue},
    keys::{KeyRing, SigningKey},
    registry::Registry,
    shape::TokenShape,
    verify::{Rejection, verify},
};
