//! Stands in for types of other branches.
use serde::Deserialize;
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokenShape {
    pub(crate) lifetime_s: Option<i64>,
    pub(crate) not_before_s: Option<i64>,
    pub(crate) kid: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) alg: Option<String>,
    pub(crate) signature: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) revoked: bool,
}
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
