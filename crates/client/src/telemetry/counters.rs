//! Counters of the `metrics` crate.

use metrics::counter;

use crate::Stage;

#[inline]
pub(crate) fn cache_hit() {
    counter!("gatepass_client_cache_hits_total").increment(1);
}

pub(crate) fn issued() {
    counter!("gatepass_client_tokens_issued_total").increment(1);
}

pub(crate) fn failed(stage: Stage) {
    counter!("gatepass_client_failures_total", "stage" => stage.name()).increment(1);
}

pub(crate) fn retried(stage: Stage) {
    counter!("gatepass_client_retries_total", "stage" => stage.name()).increment(1);
}
