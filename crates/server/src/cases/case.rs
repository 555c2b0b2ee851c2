//! One entry of the catalogue.

use std::{fmt, ops::Deref, str::FromStr, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use gatepass_protocol::{ClientId, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    effect::Effect,
    matcher::{Matcher, Route},
};
use crate::directory::ApiClient;

/// The name of a case: lower-case words with hyphens between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct CaseName(String);

/// The text is no name of a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a case: use lower-case letters, digits and single hyphens")]
pub(crate) struct NoCaseName(String);

impl FromStr for CaseName {
    type Err = NoCaseName;

    fn from_str(text: &str) -> Result<Self, NoCaseName> {
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        };
        if text.split('-').all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoCaseName(text.to_owned()))
        }
    }
}

impl TryFrom<String> for CaseName {
    type Error = NoCaseName;

    fn try_from(text: String) -> Result<Self, NoCaseName> {
        text.parse()
    }
}

impl Deref for CaseName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a case is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaseKind")]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The platform does this, and an integration must cope.
    #[default]
    Fault,
    /// The platform never does this: a conformance suite must notice.
    Defect,
}

/// A named, documented way for authentication to go wrong, or oddly right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) name: CaseName,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    /// What the integration sees; `None` where it sees no whole HTTP answer.
    pub(crate) status: Option<u16>,
    /// Where it sees that, if not where the case plays.
    pub(crate) seen_on: Option<Route>,
    pub(crate) source: String,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: Secret,
    pub(crate) steps: Vec<Step>,
    pub(crate) good_client: Option<GoodClient>,
    /// The checks of the conformance suite that must notice a defect.
    pub(crate) caught_by: Vec<String>,
}

/// When something happens, and what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) on: Matcher,
    pub(crate) effect: Effect,
}

/// What a good client makes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoodClient {
    /// Whether its user gets what was asked for.
    pub succeeds: bool,
    /// The most requests that it sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// The least time between them, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_gap_ms: Option<u64>,
}

impl Case {
    /// An API client like `model` for which the case always plays, so that an unmodified
    /// integration meets it by swapping its credentials.
    pub(crate) fn fixture_client(&self, model: &ApiClient) -> ApiClient {
        ApiClient {
            id: self.client_id,
            secret: self.client_secret.clone(),
            data: ApiClient::data_of(format!("Case {}", self.name)),
            last_access: Arc::default(),
            ..model.clone()
        }
    }
}

/// The fixture client of a case: always the same for a name, so that no file has to list it.
pub(crate) fn fixture_credentials(name: &CaseName) -> (ClientId, Secret) {
    let digest = digest(&SHA256, format!("gatepass case {name}").as_bytes());
    let (id, secret) = digest.as_ref().split_at(16);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(id);
    let mut half = [0; 16];
    half.copy_from_slice(secret);
    let secret = format!("{:032x}", u128::from_be_bytes(half));
    (Uuid::new_v8(bytes).into(), Secret::from(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_words_with_hyphens() {
        for (given, valid) in [
            ("token-expired", true),
            ("rate-limited-429", true),
            ("", false),
            ("-a", false),
            ("a--b", false),
            ("A", false),
            ("a_b", false),
        ] {
            assert_eq!(given.parse::<CaseName>().is_ok(), valid, "given {given}");
        }
    }

    #[test]
    fn a_name_has_the_same_client_every_time() {
        let client = |name: &str| fixture_credentials(&name.parse().unwrap());

        assert_eq!(client("token-expired"), client("token-expired"));
        assert_ne!(client("token-expired"), client("token-revoked"));
        assert_eq!(client("token-expired").1.reveal().len(), 32);
    }
}
