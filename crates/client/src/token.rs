//! The tokens, and how they are read from the platform's answer.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use gatepass_protocol::{EpochSeconds, Secret, bearer_token};
use http::HeaderValue;
use serde_json::{Map, Value};

use crate::AnswerProblem;

/// No token lives longer; a time further ahead is in another unit.
const LONGEST_LIFE_S: i64 = 10 * 366 * 24 * 3600;

/// A token for `Authorization: Bearer`. It is cheap to clone and its `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken(Arc<Access>);

/// Its counter has a cache line of its own: cores that take copies of their own don't meet.
#[repr(align(128))]
struct Access {
    secret: Secret,
    /// Made once, for every call of an API needs it.
    header: HeaderValue,
    expires_on: EpochSeconds,
}

impl AccessToken {
    /// The token itself; name the reason at the place of the call.
    pub fn reveal(&self) -> &str {
        self.0.secret.reveal()
    }

    /// When it expires.
    pub fn expires_on(&self) -> EpochSeconds {
        self.0.expires_on
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub fn header(&self) -> HeaderValue {
        self.0.header.clone()
    }

    /// The same token, counted apart.
    pub(crate) fn apart(&self) -> Self {
        Self::new(self.reveal(), self.expires_on())
    }

    /// `text` has to be token characters.
    fn new(text: &str, expires_on: EpochSeconds) -> Self {
        let mut header = HeaderValue::try_from(format!("Bearer {text}"))
            .expect("an access token was read as token characters");
        header.set_sensitive(true);
        Self(Arc::new(Access { secret: Secret::from(text), header, expires_on }))
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.secret == other.0.secret
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(…, expires on {})", self.expires_on())
    }
}

/// The whole answer of the token endpoint. It is cheap to clone and its `Debug` shows no token.
#[derive(Clone)]
pub struct Token(Arc<Members>);

struct Members {
    access_token: AccessToken,
    id_token: Option<Secret>,
    refresh_token: Option<Secret>,
    token_type: String,
    issued_at: EpochSeconds,
    json: Map<String, Value>,
    refresh_token_spent: AtomicBool,
}

impl Token {
    /// The access token.
    pub fn access_token(&self) -> &AccessToken {
        &self.0.access_token
    }

    /// When the access token expires.
    pub fn expires_on(&self) -> EpochSeconds {
        self.0.access_token.expires_on()
    }

    /// The OpenID Connect ID token. The contract promises one, but nothing here needs it.
    pub fn id_token(&self) -> Option<&Secret> {
        self.0.id_token.as_ref()
    }

    /// The refresh token, where the scope asked for one.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.0.refresh_token.as_ref()
    }

    /// The refresh token for the one who asks first: one that comes twice has its whole family
    /// revoked (CONTRACT 2.6).
    pub(crate) fn spend_refresh_token(&self) -> Option<&Secret> {
        let refresh_token = self.refresh_token()?;
        let spent = self.0.refresh_token_spent.swap(true, Ordering::Relaxed);
        (!spent).then_some(refresh_token)
    }

    /// `bearer`, in the case in which it came.
    pub fn token_type(&self) -> &str {
        &self.0.token_type
    }

    /// The answer as it came, all members in their order. It holds the tokens.
    pub fn json(&self) -> &Map<String, Value> {
        &self.0.json
    }

    /// When the answer was asked for, by the clock of the client.
    pub fn issued_at(&self) -> EpochSeconds {
        self.0.issued_at
    }

    /// Reads the answer to a request that was sent at `now`.
    pub(crate) fn read(json: Map<String, Value>, now: EpochSeconds) -> Result<Self, AnswerProblem> {
        let access_token = text(&json, "access_token")?.ok_or(missing("access_token"))?;
        if bearer_token(&format!("Bearer {access_token}")) != Ok(access_token) {
            return Err(AnswerProblem::MalformedToken);
        }
        let token_type = text(&json, "token_type")?.ok_or(missing("token_type"))?;
        if !token_type.eq_ignore_ascii_case("bearer") {
            let found = crate::text::words(token_type, &[Secret::from(access_token)]);
            return Err(AnswerProblem::TokenType(found));
        }
        let expires_on = expiry(&json, now)?;
        Ok(Self(Arc::new(Members {
            access_token: AccessToken::new(access_token, expires_on),
            id_token: text(&json, "id_token")?.map(Secret::from),
            refresh_token: text(&json, "refresh_token")?.map(Secret::from),
            token_type: token_type.to_owned(),
            issued_at: now,
            json,
            refresh_token_spent: AtomicBool::new(false),
        })))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self.0.json.keys().collect();
        f.debug_struct("Token")
            .field("access_token", self.access_token())
            .field("members", &members)
            .finish()
    }
}

/// `expires_on` as the contract has it (CONTRACT 3.1), or else `expires_in` as OAuth has it.
fn expiry(json: &Map<String, Value>, now: EpochSeconds) -> Result<EpochSeconds, AnswerProblem> {
    let (member, value, ahead) = match seconds(json, "expires_on")? {
        Some(on) => ("expires_on", on, on.saturating_sub(now.seconds())),
        None => match seconds(json, "expires_in")? {
            Some(for_seconds) => ("expires_in", for_seconds, for_seconds),
            None => return Err(AnswerProblem::NoExpiry),
        },
    };
    if ahead > LONGEST_LIFE_S {
        return Err(AnswerProblem::Absurd { member, value, now });
    }
    let expires_on = now.shifted(ahead);
    if ahead <= 0 {
        return Err(AnswerProblem::Expired { expires_on, now });
    }
    Ok(expires_on)
}

fn text<'a>(
    json: &'a Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'a str>, AnswerProblem> {
    match json.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(member, "a string", other)),
    }
}

fn seconds(json: &Map<String, Value>, member: &'static str) -> Result<Option<i64>, AnswerProblem> {
    match json.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(wrong_type(member, "a whole number of seconds", value)),
        },
    }
}

fn missing(member: &'static str) -> AnswerProblem {
    AnswerProblem::Missing(member)
}

fn wrong_type(member: &'static str, expected: &'static str, value: &Value) -> AnswerProblem {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "another number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    AnswerProblem::WrongType { member, expected, found }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn read(change: &Value) -> Result<Token, AnswerProblem> {
        let mut json = json!({
            "access_token": "e.y.j", "expires_on": NOW + 7200, "id_token": "i", "token_type": "bearer"
        });
        for (member, value) in change.as_object().unwrap() {
            json[member] = value.clone();
        }
        let Value::Object(json) = json else { unreachable!("it is an object") };
        Token::read(json, EpochSeconds::try_from(NOW).unwrap())
    }

    #[test]
    fn each_wrong_member_is_named_and_no_token_is_shown() {
        for (change, complaint) in [
            (json!({"access_token": null}), "`access_token` is missing"),
            (json!({"access_token": 1}), "`access_token` is another number, not a string"),
            (
                json!({"access_token": ""}),
                "`access_token` is empty or has characters that no token has",
            ),
            (
                json!({"access_token": " a"}),
                "`access_token` is empty or has characters that no token has",
            ),
            (
                json!({"access_token": "a\r\nb"}),
                "`access_token` is empty or has characters that no token has",
            ),
            (json!({"token_type": null}), "`token_type` is missing"),
            (json!({"token_type": "mac e.y.j"}), "`token_type` is `mac (secret)`, not `bearer`"),
            (json!({"id_token": []}), "`id_token` is an array, not a string"),
            (json!({"refresh_token": {}}), "`refresh_token` is an object, not a string"),
            (json!({"expires_on": null}), "both `expires_on` and `expires_in` are missing"),
            (
                json!({"expires_on": "1700007200"}),
                "`expires_on` is a string, not a whole number of seconds",
            ),
            (
                json!({"expires_on": 1.7e9}),
                "`expires_on` is another number, not a whole number of seconds",
            ),
            (
                json!({"expires_on": u64::MAX}),
                "`expires_on` is another number, not a whole number of seconds",
            ),
            (
                json!({"expires_on": true}),
                "`expires_on` is a boolean, not a whole number of seconds",
            ),
            (
                json!({"expires_on": NOW}),
                "the token expired at 2023-11-14T22:13:20+00:00, and the clock of this machine says 2023-11-14T22:13:20+00:00",
            ),
            (
                json!({"expires_on": i64::MIN}),
                "the token expired at -9999-01-02T01:59:59+00:00, and the clock of this machine says 2023-11-14T22:13:20+00:00",
            ),
            (
                json!({"expires_on": (NOW + 7200) * 1000}),
                "`expires_on` is 1700007200000, more than ten years ahead of the clock of this machine, 2023-11-14T22:13:20+00:00; it has to be in seconds",
            ),
            (
                json!({"expires_on": null, "expires_in": i64::MAX}),
                "`expires_in` is 9223372036854775807, more than ten years ahead of the clock of this machine, 2023-11-14T22:13:20+00:00; it has to be in seconds",
            ),
        ] {
            assert_eq!(read(&change).unwrap_err().to_string(), complaint, "given {change}");
        }
    }

    #[test]
    fn expires_in_counts_from_the_request_where_expires_on_is_missing() {
        let token = read(&json!({"expires_on": null, "expires_in": 100})).unwrap();

        assert_eq!(token.expires_on().seconds(), NOW + 100);
    }

    #[test]
    fn expires_on_goes_before_expires_in() {
        let token = read(&json!({"expires_on": NOW + 50, "expires_in": 100})).unwrap();

        assert_eq!(token.expires_on().seconds(), NOW + 50);
    }

    #[test]
    fn the_case_of_bearer_and_an_id_token_do_not_matter() {
        let token = read(&json!({"token_type": "Bearer", "id_token": null})).unwrap();

        assert_eq!((token.token_type(), token.id_token()), ("Bearer", None));
    }

    #[test]
    fn debug_shows_the_members_and_no_token() {
        let token = read(&json!({"refresh_token": "hunter2"})).unwrap();

        assert_eq!(
            format!("{token:?}"),
            "Token { access_token: AccessToken(…, expires on 2023-11-15T00:13:20+00:00), \
             members: [\"access_token\", \"expires_on\", \"id_token\", \"token_type\", \"refresh_token\"] }"
        );
        assert!(!format!("{:?}", token.access_token().header()).contains("e.y.j"));
    }
}
