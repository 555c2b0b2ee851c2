//! What a case makes of a request before the platform sees it.

use std::collections::BTreeMap;

use http::{Method, uri::PathAndQuery};
use serde::Deserialize;

use super::effect::{self, Contradiction};

/// Changes to a request. The platform decides on what is left, so that "accepts a wrong secret" is
/// the wrong one changed to the right one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RequestChange {
    /// Another method.
    pub(crate) method: Option<String>,
    /// Another path, without the query.
    pub(crate) path: Option<String>,
    /// Another query string; an empty one takes it away.
    pub(crate) query: Option<String>,
    /// A text in the query string, and what stands there instead.
    pub(crate) replace_in_query: Option<(String, String)>,
    /// Headers to set.
    pub(crate) headers: BTreeMap<String, String>,
    /// Headers to leave out.
    pub(crate) without_headers: Vec<String>,
    /// `Authorization` of somebody who may.
    pub(crate) authorization: Option<Authorization>,
    /// Another body.
    pub(crate) body: Option<String>,
    /// Parameters of the form to set.
    pub(crate) form: BTreeMap<String, String>,
    /// Parameters of the form to leave out.
    pub(crate) without_form: Vec<String>,
    /// Members of the JSON body to leave out.
    pub(crate) without_members: Vec<String>,
}

/// Whose authorization stands in the request instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Authorization {
    /// HTTP Basic of the API client that the request names, with its right secret; of the default
    /// one where it names none that there is.
    Client,
    /// A fresh access token of that client.
    FreshToken,
}

impl RequestChange {
    /// Whether a request can be like that.
    pub(super) fn check(&self) -> Result<(), Contradiction> {
        let unsendable =
            |part: &'static str, text: &str| Err(Contradiction::Unsendable(part, text.to_owned()));
        if let Some(method) = self.method.as_deref().filter(|it| it.parse::<Method>().is_err()) {
            return unsendable("method", method);
        }
        let is_path = |path: &str| {
            path.parse::<PathAndQuery>()
                .is_ok_and(|it| path.starts_with('/') && it.query().is_none())
        };
        if let Some(path) = self.path.as_deref().filter(|path| !is_path(path)) {
            return unsendable("path", path);
        }
        let is_query = |query: &str| format!("/?{query}").parse::<PathAndQuery>().is_ok();
        if let Some(query) = self.query.as_deref().filter(|query| !is_query(query)) {
            return unsendable("query", query);
        }
        effect::headers(&self.headers, &self.without_headers)
    }

    /// The form in `body` after the changes to its parameters.
    pub(crate) fn form(&self, body: &[u8]) -> String {
        let kept = form_urlencoded::parse(body).filter(|(name, _)| {
            !self.without_form.iter().any(|gone| gone == name) && !self.form.contains_key(&**name)
        });
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(kept).extend_pairs(&self.form);
        form.finish()
    }

    /// Whether the body is changed as a form.
    pub(crate) fn changes_form(&self) -> bool {
        !self.form.is_empty() || !self.without_form.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_set_and_left_out_and_the_others_stay() {
        let change: RequestChange =
            toml::from_str("form = { token = 'a b' }\nwithout_form = ['scope']").unwrap();

        let form = change.form(b"grant_type=x&scope=y&token=z&token=2");

        assert_eq!(form, "grant_type=x&token=a+b");
    }
}
