//! Waiting for requests to come, in real time.

use std::time::Duration;

use tokio::time::timeout;

use super::{Filter, Listing, Window};
use crate::platform::Platform;

/// Not so many requests came as were waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{came} of {wanted} such requests came within {} s", waited.as_secs_f64())]
pub struct TooFew {
    /// How many did.
    pub came: usize,
    /// How many were waited for.
    pub wanted: usize,
    /// How long that was.
    pub waited: Duration,
}

impl Platform {
    /// The exchanges that match, once there are so many. Waiting ends early when the server stops.
    pub(crate) async fn wait_for(
        &self,
        count: usize,
        filter: &Filter,
        patience: Duration,
    ) -> Result<Listing, TooFew> {
        let enough = async {
            tokio::select! {
                () = self.journal().until(count, filter) => true,
                () = self.live().stopped() => false,
            }
        };
        let enough = timeout(patience, enough).await.unwrap_or(false);
        let listing = self.journal().list(filter, Window::All);
        if enough {
            Ok(listing)
        } else {
            Err(TooFew { came: listing.matching, wanted: count, waited: patience })
        }
    }
}
