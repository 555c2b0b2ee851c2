//! Nothing is told without the feature `tracing`.

use std::time::Duration;

use gatepass_protocol::EpochSeconds;

use crate::{Error, Stage};

#[inline]
pub(crate) fn issued(_: EpochSeconds) {}

#[inline]
pub(crate) fn failed(_: &Error) {}

#[inline]
pub(crate) fn retried(_: Stage, _: Duration) {}

#[cfg(feature = "disk-cache")]
#[inline]
pub(crate) fn not_kept(_: &std::io::Error) {}

#[inline]
pub(crate) fn request<T>(
    _: Stage,
    _: impl FnOnce() -> String,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    work
}
