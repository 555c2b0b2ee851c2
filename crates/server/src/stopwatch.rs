//! How long things take: it tells no time.

use std::time::Instant;

/// Begins to measure.
#[expect(clippy::disallowed_methods, reason = "measures how long the work took, tells no time")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
