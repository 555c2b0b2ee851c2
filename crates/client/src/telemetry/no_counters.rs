//! Nothing is counted without the feature `metrics`.

use crate::Stage;

#[inline]
pub(crate) fn cache_hit() {}

#[inline]
pub(crate) fn issued() {}

#[inline]
pub(crate) fn failed(_: Stage) {}

#[inline]
pub(crate) fn retried(_: Stage) {}
