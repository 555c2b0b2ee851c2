//! What people and scripts are told of a case.

use gatepass_protocol::{ClientId, Secret};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    case::{Case, GoodClient, Kind},
    catalogue::Catalogue,
    matcher::Route,
};

/// A case as `gatepass cases list --json` and `GET /_gatepass/cases` show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CaseSummary {
    /// Its name.
    pub name: String,
    /// What happens, in a sentence.
    pub title: String,
    /// Whether the platform does this (fault) or never does (defect).
    pub kind: Kind,
    /// Where it plays.
    pub route: Option<Route>,
    /// Where the integration sees it, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_on: Option<Route>,
    /// The HTTP status that the integration sees; `None` where it sees no whole HTTP
    /// answer.
    pub status: Option<u16>,
    /// Where it is documented.
    pub source: String,
    /// The API client for which it always plays.
    pub client_id: ClientId,
    /// That client's secret: public test data.
    pub client_secret: Secret,
    /// What a good client makes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_client: Option<GoodClient>,
    /// Whether it plays for all callers or for nobody: it is about connections, which come before
    /// anybody is known. Its API client and the header `X-Gatepass-Case` do nothing then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub for_all_only: bool,
    /// The checks of the conformance suite that must notice a defect; none for a fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caught_by: Vec<String>,
}

impl From<&Case> for CaseSummary {
    fn from(case: &Case) -> Self {
        Self {
            name: case.name.to_string(),
            title: case.title.clone(),
            kind: case.kind,
            route: case.steps.first().map(|step| step.on.route),
            seen_on: case.seen_on,
            status: case.status,
            source: case.source.clone(),
            client_id: case.client_id,
            client_secret: case.client_secret.clone(),
            good_client: case.good_client,
            for_all_only: case.steps.iter().any(|step| step.effect.hearing.is_some()),
            caught_by: case.caught_by.clone(),
        }
    }
}

impl Catalogue {
    /// All cases, by name.
    pub(crate) fn summaries(&self) -> impl Iterator<Item = CaseSummary> {
        self.all().map(CaseSummary::from)
    }
}
