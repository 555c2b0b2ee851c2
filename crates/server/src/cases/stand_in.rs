//! Stands in for types of other branches.
use serde::Deserialize;
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConnectionFault {
    Refuse,
    ResetBeforeAnswer,
    ResetInsideBody,
    StallHeaders,
    SlowBody { delay_ms: u64 },
    CutBody,
    HalfClose,
}
