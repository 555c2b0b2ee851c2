//! How a [`Report`](crate::Report) is written down: for people, for machines, for continuous
//! integration.

mod evidence;
mod github;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod skips;
mod summary;

pub(crate) use evidence::{failure, reason};
pub use github::github;
pub use html::{HtmlError, html};
pub(crate) use human::FIXED;
pub use human::human;
pub use json::json;
pub use junit::{JunitError, junit};
pub use markdown::markdown;
pub use summary::cited;
