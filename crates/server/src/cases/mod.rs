//! Cases: named, documented ways for authentication to go wrong, or oddly right.
//!
//! A case is one entry of a TOML file: when it plays ([`matcher`]), and what it does ([`effect`]).
//! The [`Catalogue`] holds all that exist, [`Playing`] those that play now and for whom.

mod attempts;
mod case;
mod catalogue;
mod effect;
mod matcher;
mod member_change;
mod pattern;
mod playing;
mod request_change;
mod summary;

pub use self::{
    case::{GoodClient, Kind},
    catalogue::{CaseError, UnknownCase},
    matcher::Route,
    summary::CaseSummary,
};
pub(crate) use self::{
    catalogue::Catalogue,
    effect::{BodyKind, Effect, RetryAfter},
    matcher::Words,
    playing::{Ask, Part, Play, Playing},
    request_change::{Authorization, RequestChange},
};
