//! What a case does to an exchange.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{matcher::Matcher, member_change::MemberChange, request_change::RequestChange};
use crate::{
    tokens::{IdTokenShape, TokenShape},
    transport::{ConnectionFault, Hearing},
};

/// What a step of a case does. With a `status`, nothing is asked of the platform: the case
/// answers. Without one the platform answers, and the case bends what it says.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Effect {
    /// The status of the answer.
    pub(crate) status: Option<u16>,
    /// The body of that answer. Default `error-envelope`.
    pub(crate) body: Option<BodyKind>,
    /// `error` of a token error, `code` of a Task Manager error. Default: what the status means.
    pub(crate) error: Option<String>,
    /// `error.code` of an API error. Default: the status.
    pub(crate) code: Option<u16>,
    /// The words of the error. Default: the case's title.
    pub(crate) message: Option<String>,
    /// Headers to set.
    pub(crate) headers: BTreeMap<String, String>,
    /// Headers to leave out.
    pub(crate) without_headers: Vec<String>,
    /// The `Retry-After` header.
    pub(crate) retry_after: Option<RetryAfter>,
    /// Milliseconds to wait before the answer.
    pub(crate) delay_ms: u64,
    /// So many milliseconds more at the most; how many follows from the seed.
    pub(crate) delay_spread_ms: u64,
    /// What the platform is asked instead.
    pub(crate) request: Option<RequestChange>,
    /// The status of the platform's answer; all else of it stays.
    pub(crate) answer_status: Option<u16>,
    /// What happens to the JSON of an answer: of a success, unless `on.answered` says otherwise.
    pub(crate) members: Vec<MemberChange>,
    /// Text behind the body.
    pub(crate) append: Option<String>,
    /// Whether the JSON is written over several lines.
    pub(crate) pretty: bool,
    /// Whether the answer repeats what was asked, secrets and all, in the member `said`.
    pub(crate) echo: bool,
    /// Whether the first success on a path is given again for each later one.
    pub(crate) replay: bool,
    /// What is wrong with the access token.
    pub(crate) token: Option<TokenShape>,
    /// What is wrong with the ID token.
    pub(crate) id_token: Option<IdTokenShape>,
    /// What happens to the connection.
    pub(crate) connection: Option<ConnectionFault>,
    /// What is wrong with the reading of requests; for all callers or none.
    pub(crate) hearing: Option<Hearing>,
    /// Seconds that the platform's clock is ahead, or behind where negative.
    pub(crate) clock_ahead_s: i64,
}

/// The body of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BodyKind {
    /// The envelope of the part of the platform that was asked (CONTRACT 4.1).
    #[default]
    ErrorEnvelope,
    /// A gateway's HTML page.
    Html,
    /// The envelope, broken off in the middle.
    MalformedJson,
    /// Words without markup.
    Text,
    /// Nothing.
    Empty,
    /// The envelope of the token endpoint, wherever it is.
    TokenError,
    /// The envelope of the Account Management API.
    ApiError,
    /// The envelope of the Task Manager.
    TaskError,
}

/// The `Retry-After` header (RFC 9110 section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RetryAfter {
    /// Seconds.
    Seconds(u32),
    /// The date so many seconds ahead on the API client's clock.
    DateInS(u32),
    /// Seconds until the rate of `on.beyond` allows the next request.
    Window,
    /// The date of that moment.
    WindowDate,
}

/// Two parts of an effect that can't both be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Contradiction {
    #[error("it has no effect: give `effect` at least one member")]
    Nothing,
    #[error("`{0}` shapes the case's own answer, and without `status` the platform answers")]
    NeedsStatus(&'static str),
    #[error("`{0}` bends the platform's answer, and with `status` the case answers instead")]
    NoStatus(&'static str),
    #[error("status {0} is none: write 200 to 599")]
    Status(u16),
    #[error("`retry_after` with the window needs `on.beyond`")]
    NoWindow,
    #[error("`{0}` is no header name or its value is none")]
    Header(String),
    #[error("`percent` is at most 100")]
    Percent,
    #[error("`on.answered` names no status of 200 to 599")]
    Answered,
    #[error("`{0}` comes before the platform answers, and `on.answered` asks what it answered")]
    BeforeTheAnswer(&'static str),
    #[error("`hearing` is about whole connections: write `on = {{ route = \"any\" }}` alone")]
    Hearing,
    #[error("`request.{0}` can't be sent: `{1}`")]
    Unsendable(&'static str, String),
    #[error("`{0}` is neither a name nor a JSON Pointer: a pointer begins with `/`")]
    Pointer(String),
}

impl Effect {
    /// Whether the parts of the effect fit together, and with when they play.
    pub(crate) fn check(&self, on: &Matcher) -> Result<(), Contradiction> {
        if *self == Self::default() {
            return Err(Contradiction::Nothing);
        }
        for status in [self.status, self.answer_status].into_iter().flatten() {
            if !(200..600).contains(&status) {
                return Err(Contradiction::Status(status));
            }
        }
        let own = [
            ("body", self.body.is_some()),
            ("error", self.error.is_some()),
            ("code", self.code.is_some()),
            ("message", self.message.is_some()),
            ("retry_after", self.retry_after.is_some()),
        ];
        let bent = [
            ("token", self.token.is_some()),
            ("id_token", self.id_token.is_some()),
            ("members", !self.members.is_empty()),
            ("request", self.request.is_some()),
            ("answer_status", self.answer_status.is_some()),
            ("replay", self.replay),
        ];
        let present = |parts: &[(&'static str, bool)]| {
            parts.iter().find(|(_, present)| *present).map(|(name, _)| *name)
        };
        match self.status {
            None => present(&own).map_or(Ok(()), |name| Err(Contradiction::NeedsStatus(name)))?,
            Some(_) => present(&bent).map_or(Ok(()), |name| Err(Contradiction::NoStatus(name)))?,
        }
        let window = matches!(self.retry_after, Some(RetryAfter::Window | RetryAfter::WindowDate));
        if window && on.beyond.is_none() {
            return Err(Contradiction::NoWindow);
        }
        self.check_when(on)?;
        for change in &self.members {
            change.check().map_err(Contradiction::Pointer)?;
        }
        self.request.as_ref().map_or(Ok(()), RequestChange::check)?;
        headers(&self.headers, &self.without_headers)
    }

    /// Whether what plays is still open when `on` is decided.
    fn check_when(&self, on: &Matcher) -> Result<(), Contradiction> {
        if self.hearing.is_some() && *on != Matcher::all() {
            return Err(Contradiction::Hearing);
        }
        let Some(answered) = &on.answered else { return Ok(()) };
        if answered.is_empty() || answered.iter().any(|status| !(200..600).contains(status)) {
            return Err(Contradiction::Answered);
        }
        let early = [
            ("status", self.status.is_some()),
            ("request", self.request.is_some()),
            ("token", self.token.is_some()),
            ("id_token", self.id_token.is_some()),
            ("clock_ahead_s", self.clock_ahead_s != 0),
        ];
        let first = early.iter().find(|(_, present)| *present);
        first.map_or(Ok(()), |(name, _)| Err(Contradiction::BeforeTheAnswer(name)))
    }
}

/// Whether headers to set and to leave out are some that HTTP knows.
pub(super) fn headers(
    set: &BTreeMap<String, String>,
    without: &[String],
) -> Result<(), Contradiction> {
    let value_is_none = |value: &String| http::HeaderValue::try_from(value).is_err();
    let names = set.iter().map(|(name, value)| (name, value_is_none(value)));
    let mut all = names.chain(without.iter().map(|name| (name, false)));
    let wrong = all.find(|(name, wrong)| *wrong || http::HeaderName::try_from(*name).is_err());
    wrong.map_or(Ok(()), |(name, _)| Err(Contradiction::Header(name.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(toml: &str) -> Effect {
        toml::from_str(toml).unwrap()
    }

    fn on(toml: &str) -> Matcher {
        toml::from_str(&format!("route = 'any'\n{toml}")).unwrap()
    }

    fn unsendable(part: &'static str, text: &str) -> Contradiction {
        Contradiction::Unsendable(part, text.to_owned())
    }

    #[test]
    fn parts_that_can_not_both_be_are_named() {
        for (given, contradiction) in [
            ("", Contradiction::Nothing),
            ("status = 99", Contradiction::Status(99)),
            ("body = 'html'", Contradiction::NeedsStatus("body")),
            ("retry_after = { seconds = 1 }", Contradiction::NeedsStatus("retry_after")),
            ("status = 503\nmembers = [{ remove = 'a' }]", Contradiction::NoStatus("members")),
            ("status = 429\nretry_after = 'window'", Contradiction::NoWindow),
            ("headers = { 'a b' = 'c' }", Contradiction::Header("a b".to_owned())),
            ("without_headers = ['a b']", Contradiction::Header("a b".to_owned())),
            ("request = { headers = { a = \"\\n\" } }", Contradiction::Header("a".to_owned())),
            ("request = { method = 'GE T' }", unsendable("method", "GE T")),
            ("request = { path = 'idp' }", unsendable("path", "idp")),
            ("request = { path = '/a?b' }", unsendable("path", "/a?b")),
            ("request = { query = 'a b' }", unsendable("query", "a b")),
            ("members = [{ remove = 'items/*/id' }]", Contradiction::Pointer("items/*/id".into())),
        ] {
            assert_eq!(effect(given).check(&on("")), Err(contradiction), "given {given}");
        }
        let limited = on("beyond = { requests = 1, window_s = 1 }");
        assert_eq!(effect("status = 429\nretry_after = 'window'").check(&limited), Ok(()));
    }

    #[test]
    fn what_is_over_when_the_platform_answers_does_not_wait_for_its_answer() {
        let answered = on("answered = [401]");
        for (given, name) in [
            ("status = 403", "status"),
            ("request = { authorization = 'client' }", "request"),
            ("token = { lifetime_s = 1 }", "token"),
            ("id_token = { alg = 'none' }", "id_token"),
            ("clock_ahead_s = 1", "clock_ahead_s"),
        ] {
            let error = effect(given).check(&answered).unwrap_err();
            assert_eq!(error, Contradiction::BeforeTheAnswer(name), "given {given}");
        }
        assert_eq!(effect("answer_status = 403").check(&answered), Ok(()));
        for none in ["[]", "[100]"] {
            let on = on(&format!("answered = {none}"));
            assert_eq!(effect("pretty = true").check(&on), Err(Contradiction::Answered));
        }
    }

    #[test]
    fn a_connection_is_misheard_for_all_requests_or_none() {
        let hearing = effect("hearing = 'first-part-only'");

        assert_eq!(hearing.check(&on("")), Ok(()));
        for some in ["method = 'GET'", "attempts = '2'", "header = { a = 'b' }"] {
            assert_eq!(hearing.check(&on(some)), Err(Contradiction::Hearing), "given {some}");
        }
    }
}
