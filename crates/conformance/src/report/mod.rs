//! How a [`Report`](crate::Report) is written down: for people, for machines, for continuous
//! integration.

mod human;
mod json;
mod junit;

pub use human::human;
pub use json::json;
pub use junit::{JunitError, junit};
