//! What operators see: counters for `metrics`, spans and events for `tracing`, each where its
//! feature is on. None has a secret or a token in it.

#[cfg(feature = "metrics")]
mod counters;
#[cfg(feature = "tracing")]
mod events;

#[cfg(not(feature = "metrics"))]
#[path = "no_counters.rs"]
mod counters;
#[cfg(not(feature = "tracing"))]
#[path = "no_events.rs"]
mod events;

use std::time::Duration;

use url::Url;

use crate::{Error, Stage, Token, exchange::shown};

/// A token was given out without a request.
#[inline]
pub(crate) fn cache_hit() {
    counters::cache_hit();
}

/// The platform issued a token.
pub(crate) fn issued(token: &Token) {
    counters::issued();
    events::issued(token.expires_on());
}

/// A request is sent again after a pause.
pub(crate) fn retry(stage: Stage, pause: Duration) {
    counters::retried(stage);
    events::retried(stage, pause);
}

/// Everything that belongs to a request, its pauses included.
pub(crate) fn request<T>(
    stage: Stage,
    url: &Url,
    work: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    events::request(stage, || shown(url), telling_failures(stage, work))
}

#[cfg(any(feature = "metrics", feature = "tracing"))]
async fn telling_failures<T>(
    stage: Stage,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // A token that an API call has to wait for is a request of its own, and a deadline tells itself.
    work.await.inspect_err(|error| {
        if error.stage() == stage && !matches!(error, Error::OutOfTime { .. }) {
            failed(error);
        }
    })
}

#[cfg(not(any(feature = "metrics", feature = "tracing")))]
fn telling_failures<F>(_: Stage, work: F) -> F {
    work
}

/// A request came to nothing.
#[inline]
pub(crate) fn failed(error: &Error) {
    counters::failed(error.stage());
    events::failed(error);
}

/// A token could not be written to the disk.
#[cfg(feature = "disk-cache")]
pub(crate) fn not_kept(error: &std::io::Error) {
    events::not_kept(error);
}
