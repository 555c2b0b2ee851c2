//! The grants of the token endpoint: what a client asks for, and what it may have
//! (CONTRACT 2.2 to 2.8).
//!
//! No HTTP, no clock, no lock: facts in, a verdict out.

pub(crate) mod assertion;
mod client_credentials;
pub(crate) mod password;
mod policies;
pub(crate) mod refresh;

use std::sync::Arc;

use gatepass_protocol::{AccessPolicy, GrantType, TenantId};

pub(crate) use self::{
    assertion::Assertion,
    client_credentials::{for_itself, in_own_tenant},
    password::Login,
    refresh::Renewal,
};
use crate::{
    directory::ApiClient,
    sign_in::Refusal,
    tokens::{RefreshToken, Subject},
};

/// The grant types that lead to a token.
pub(crate) const OFFERED_GRANTS: [GrantType; 4] = [
    GrantType::ClientCredentials,
    GrantType::Password,
    GrantType::RefreshToken,
    GrantType::JwtBearer,
];

/// What a request may have: all that its tokens say but for time and place.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) client: Arc<ApiClient>,
    pub(crate) subject: Subject,
    pub(crate) policies: Vec<AccessPolicy>,
    /// The tenants that an assertion was narrowed to.
    pub(crate) narrowing: Vec<TenantId>,
    pub(crate) refresh: Refresh,
}

/// Which refresh token comes with the tokens (CONTRACT 2.6).
#[derive(Debug, Clone)]
pub(crate) enum Refresh {
    /// None.
    No,
    /// The first one of a sign-in.
    First(Renewal),
    /// The one that takes this one's place.
    After(RefreshToken),
}

/// Reads a flag: `true` or `false`, off where it is missing.
pub(crate) fn flag(name: &'static str, value: Option<&str>) -> Result<bool, Refusal> {
    match value {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(_) => Err(Refusal::Flag(name)),
    }
}

/// A parameter that the grant can't do without.
fn required<'a>(name: &'static str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value.ok_or(Refusal::MissingParameter(name))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::directory::Directory;

    pub(crate) const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
    pub(crate) const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
    pub(crate) const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
    pub(crate) const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";

    /// The built-in directory with a public client of the customer's.
    pub(crate) fn directory() -> Directory {
        let public = "\n[[client]]\nid = '00000000-0000-4000-8000-000000000001'\nsecret = ''\n\
            name = 'Public'\ntenant = '7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002'\n\
            created_by = '52755373-0d21-476c-8320-7c56499e7df0'\ncreated_at = '2026-01-01T00:00:00Z'\n\
            token_endpoint_auth_method = 'none'\n";
        let text = include_str!("../../../../fixtures/platform.toml").to_owned() + public;
        Directory::from_toml("platform.toml", &text).unwrap()
    }

    pub(crate) fn tenant_ids(policies: &[AccessPolicy]) -> Vec<String> {
        policies.iter().map(|policy| policy.tuid.to_string()).collect()
    }

    #[test]
    fn a_flag_is_true_or_false() {
        for (given, expected) in [
            (None, Ok(false)),
            (Some("false"), Ok(false)),
            (Some("true"), Ok(true)),
            (Some("True"), Err(Refusal::Flag("f"))),
            (Some("1"), Err(Refusal::Flag("f"))),
        ] {
            assert_eq!(flag("f", given), expected, "given {given:?}");
        }
    }
}
