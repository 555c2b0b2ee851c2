//! Spans and events of the `tracing` crate.

use std::time::Duration;

use gatepass_protocol::EpochSeconds;
use tracing::Instrument;

use crate::{Error, Stage};

pub(crate) fn issued(expires_on: EpochSeconds) {
    tracing::debug!(%expires_on, "a token came");
}

pub(crate) fn failed(error: &Error) {
    let (stage, transient) = (error.stage(), error.is_transient());
    tracing::warn!(%stage, error = %error.report(), transient, "the request failed");
}

pub(crate) fn retried(stage: Stage, pause: Duration) {
    tracing::debug!(%stage, pause_s = pause.as_secs_f64(), "the request is sent again");
}

#[cfg(feature = "disk-cache")]
pub(crate) fn not_kept(error: &std::io::Error) {
    tracing::warn!(%error, "the token could not be kept on the disk");
}

pub(crate) fn request<T>(
    stage: Stage,
    url: impl FnOnce() -> String,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let span = tracing::debug_span!("platform_request", %stage, url = tracing::field::Empty);
    if !span.is_disabled() {
        span.record("url", url());
    }
    work.instrument(span)
}
