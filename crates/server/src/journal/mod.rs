//! What was asked and answered: a bounded ring, without a secret in it.

mod entry;
mod filter;
mod har;
mod record;
mod ring;
mod tally;
mod texts;
mod waiting;

pub use self::{
    entry::{JournalEntry, RecordedMessage},
    filter::{NoStatus, StatusFilter},
    waiting::TooFew,
};
pub(crate) use self::{
    filter::Filter,
    har::har,
    record::{Answered, Asked, Outcome, Record},
    ring::{Journal, Listing, Window},
};
