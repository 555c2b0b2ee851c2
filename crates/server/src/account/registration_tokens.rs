//! Tokens that register a machine in a tenant (CONTRACT 1.5).

use gatepass_protocol::{EpochSeconds, RegistrationTokenDocument, Secret};
use schemars::JsonSchema;

use super::{AccountError, BodyProblem, Members};
use crate::{
    access::{Caller, REGISTER_MACHINES},
    platform::Platform,
};

/// The longest life of a token: one year, in seconds.
const LONGEST_LIFE_S: u32 = 31_536_000;
const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What a registration token is asked for with.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "NewRegistrationToken", deny_unknown_fields)]
pub(crate) struct RegistrationTokenBody {
    #[schemars(rename = "expires_in", range(min = 1, max = LONGEST_LIFE_S))]
    expires_in_s: u32,
    scopes: Vec<String>,
}

impl RegistrationTokenBody {
    pub(crate) fn read(mut members: Members) -> Result<Self, BodyProblem> {
        members.only(&["expires_in", "scopes"])?;
        let expires_in_s = members.required("expires_in")?;
        let scopes: Vec<String> = members.required("scopes")?;
        if !(1..=LONGEST_LIFE_S).contains(&expires_in_s) {
            let expected = "a number of seconds from 1 to a year, 31536000";
            return Err(BodyProblem::Value { name: "expires_in", expected });
        }
        if !scopes.iter().all(|scope| scope.starts_with("urn:acronis.com:")) {
            let expected = "a list of texts that begin with `urn:acronis.com:`";
            return Err(BodyProblem::Value { name: "scopes", expected });
        }
        Ok(Self { expires_in_s, scopes })
    }
}

impl Platform {
    /// A token to register a machine with. It stands for itself: no documented call takes it.
    pub(crate) fn create_registration_token(
        &self,
        caller: &Caller,
        tenant: &str,
        body: RegistrationTokenBody,
        now: EpochSeconds,
    ) -> Result<RegistrationTokenDocument, AccountError> {
        let directory = self.directory();
        let tenant = directory.tenant_for(caller, REGISTER_MACHINES, tenant)?;
        let group = || self.entropy().text(CHARACTERS, 4);
        Ok(RegistrationTokenDocument {
            id: self.entropy().number(),
            token: Secret::from([group(), group(), group()].join("-")),
            created_at: now.rfc3339(),
            expires_at: now.shifted(body.expires_in_s.into()).rfc3339(),
            tenant_id: tenant.number.to_string(),
            tenant_uuid: tenant.id,
            scopes: body.scopes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_a_year_at_most_and_has_scopes_of_the_platform() {
        let read = |body: &str| RegistrationTokenBody::read(Members::parse(body.as_bytes())?);
        let seconds =
            "the member `expires_in` is not a number of seconds from 1 to a year, 31536000";
        for (given, complaint) in [
            (r#"{"expires_in":1,"scopes":[]}"#, None),
            (r#"{"expires_in":31536000,"scopes":["urn:acronis.com:tenant-id::a"]}"#, None),
            (r#"{"expires_in":0,"scopes":[]}"#, Some(seconds)),
            (r#"{"expires_in":31536001,"scopes":[]}"#, Some(seconds)),
            (
                r#"{"expires_in":-1,"scopes":[]}"#,
                Some("the member `expires_in` is not a whole number, zero or more"),
            ),
            (
                r#"{"expires_in":1.5,"scopes":[]}"#,
                Some("the member `expires_in` is not a whole number, zero or more"),
            ),
            (r#"{"scopes":[]}"#, Some("the member `expires_in` is missing")),
            (r#"{"expires_in":1}"#, Some("the member `scopes` is missing")),
            (
                r#"{"expires_in":1,"scopes":["admin"]}"#,
                Some(
                    "the member `scopes` is not a list of texts that begin with `urn:acronis.com:`",
                ),
            ),
            (
                r#"{"expires_in":1,"scopes":[],"tenant_id":"a"}"#,
                Some("the member `tenant_id` is unknown; known are expires_in, scopes"),
            ),
        ] {
            let problem = read(given).err().map(|problem| problem.to_string());

            assert_eq!(problem.as_deref(), complaint, "given {given}");
        }
    }
}
