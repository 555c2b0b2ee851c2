//! What a case does to an exchange.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{tokens::TokenShape, transport::ConnectionFault};

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
    /// What happens to the members of a JSON object.
    pub(crate) members: Vec<MemberChange>,
    /// What is wrong with the access token.
    pub(crate) token: Option<TokenShape>,
    /// What happens to the connection.
    pub(crate) connection: Option<ConnectionFault>,
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

/// What happens to one member of a JSON object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum MemberChange {
    /// It is left out.
    Remove(String),
    /// It has another value.
    Set(String, Value),
    /// It has another name.
    Rename(String, String),
    /// A number is multiplied: seconds become milliseconds.
    Multiply(String, i64),
    /// A number is moved.
    Add(String, i64),
    /// A number becomes a text.
    Quote(String),
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
}

impl Effect {
    /// Whether the parts of the effect fit together; `limited` says that the step has a rate.
    pub(crate) fn check(&self, limited: bool) -> Result<(), Contradiction> {
        if *self == Self::default() {
            return Err(Contradiction::Nothing);
        }
        if let Some(status) = self.status
            && !(200..600).contains(&status)
        {
            return Err(Contradiction::Status(status));
        }
        let own = [
            ("body", self.body.is_some()),
            ("error", self.error.is_some()),
            ("code", self.code.is_some()),
            ("message", self.message.is_some()),
            ("retry_after", self.retry_after.is_some()),
        ];
        let bent = [("token", self.token.is_some()), ("members", !self.members.is_empty())];
        let present = |parts: &[(&'static str, bool)]| {
            parts.iter().find(|(_, present)| *present).map(|(name, _)| *name)
        };
        match self.status {
            None => present(&own).map_or(Ok(()), |name| Err(Contradiction::NeedsStatus(name)))?,
            Some(_) => present(&bent).map_or(Ok(()), |name| Err(Contradiction::NoStatus(name)))?,
        }
        let window = matches!(self.retry_after, Some(RetryAfter::Window | RetryAfter::WindowDate));
        if window && !limited {
            return Err(Contradiction::NoWindow);
        }
        let wrong = self.headers.iter().find(|(name, value)| {
            http::HeaderName::try_from(*name).is_err()
                || http::HeaderValue::try_from(*value).is_err()
        });
        wrong.map_or(Ok(()), |(name, _)| Err(Contradiction::Header(name.clone())))
    }
}

impl MemberChange {
    /// Changes a JSON object; a member that is not there stays away.
    pub(crate) fn apply(&self, object: &mut serde_json::Map<String, Value>) {
        match self {
            Self::Remove(name) => {
                object.shift_remove(name);
            }
            Self::Set(name, value) => {
                object.insert(name.clone(), value.clone());
            }
            Self::Rename(name, new) => {
                if let Some(value) = object.shift_remove(name) {
                    object.insert(new.clone(), value);
                }
            }
            Self::Multiply(name, by) => number(object, name, |number| number.saturating_mul(*by)),
            Self::Add(name, by) => number(object, name, |number| number.saturating_add(*by)),
            Self::Quote(name) => {
                if let Some(value) = object.get_mut(name) {
                    *value = Value::String(value.to_string());
                }
            }
        }
    }
}

fn number(object: &mut serde_json::Map<String, Value>, name: &str, change: impl Fn(i64) -> i64) {
    if let Some(value) = object.get_mut(name)
        && let Some(number) = value.as_i64()
    {
        *value = change(number).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(toml: &str) -> Effect {
        toml::from_str(toml).unwrap()
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
        ] {
            assert_eq!(effect(given).check(false), Err(contradiction), "given {given}");
        }
        assert_eq!(effect("status = 429\nretry_after = 'window'").check(true), Ok(()));
    }

    #[test]
    fn members_change_as_they_are_told() {
        let mut object =
            serde_json::json!({"expires_on": 10, "token_type": "bearer", "id_token": "x"});
        let object = object.as_object_mut().unwrap();
        let changes = "members = [{ multiply = ['expires_on', 1000] }, { add = ['expires_on', 1] }, \
            { quote = 'expires_on' }, { set = ['token_type', 'MAC'] }, { remove = 'id_token' }, \
            { rename = ['token_type', 'type'] }, { remove = 'absent' }]";

        for change in effect(changes).members {
            change.apply(object);
        }

        assert_eq!(
            serde_json::to_string(object).unwrap(),
            r#"{"expires_on":"10001","type":"MAC"}"#
        );
    }
}
