//! A token, taken apart and judged.

use std::fmt::Write;

use gatepass_client::{DataCenter, KeySet};
use gatepass_protocol::{EpochSeconds, Jwt, JwtError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{failure::chain, output::printable, plain_time};

/// Header, claims and what is wrong with them. Serialized, it is the documented shape; only ever
/// added to.
#[derive(Debug, Serialize)]
pub(crate) struct Decoded {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: Signature,
    /// What keeps it from being valid now; nothing about a signature that is unchecked.
    problems: Vec<String>,
    #[serde(skip)]
    verified_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Signature {
    Valid,
    Invalid,
    Unchecked,
}

impl Decoded {
    /// Takes a token apart, and judges it with the keys of a data center, if any.
    ///
    /// # Errors
    /// [`JwtError`] when it is no token.
    pub(crate) fn read(
        token: &str,
        keys: Option<(&DataCenter, &KeySet)>,
        now: EpochSeconds,
    ) -> Result<Self, JwtError> {
        let Jwt { header, claims } = Jwt::parse(token)?;
        let mut problems = Vec::new();
        let signature = match keys.map(|(_, keys)| keys.verify_signature(token)) {
            None => Signature::Unchecked,
            Some(Ok(_)) => Signature::Valid,
            Some(Err(error)) => {
                problems.push(chain(&error));
                Signature::Invalid
            }
        };
        problems.extend(problems_of_time(&claims, now));
        let verified_by = keys.map(|(data_center, _)| data_center.to_string());
        Ok(Self { header, claims, signature, problems, verified_by })
    }

    /// Whether nothing speaks against it.
    pub(crate) fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// For machines.
    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("JSON serializes to a String");
        text.push('\n');
        text
    }

    /// For people.
    pub(crate) fn text(&self, now: EpochSeconds) -> String {
        let mut out = String::new();
        write_members(&mut out, "header", &self.header, |_, _| None);
        write_members(&mut out, "claims", &self.claims, |name, value| in_words(name, value, now));
        let signature = match (self.signature, &self.verified_by) {
            (Signature::Valid, Some(by)) => format!("valid: made with a key of {by}"),
            (Signature::Invalid, Some(by)) => format!("invalid: not made with a key of {by}"),
            (Signature::Valid, None) => "valid".to_owned(),
            (Signature::Invalid, None) => "invalid".to_owned(),
            (Signature::Unchecked, _) => {
                "unchecked: `--url` verifies it with the keys of a data center".to_owned()
            }
        };
        let _ = writeln!(out, "signature  {signature}");
        for problem in &self.problems {
            let _ = writeln!(out, "problem    {}", printable(problem));
        }
        out
    }
}

fn problems_of_time(claims: &Map<String, Value>, now: EpochSeconds) -> Vec<String> {
    let mut problems = Vec::new();
    match claims.get("exp").map(time) {
        None => problems.push("it has no `exp`, so it never expires".to_owned()),
        Some(None) => problems.push("its `exp` is not a number of seconds".to_owned()),
        Some(Some(at)) if now >= at => problems.push(format!("it {}", plain_time::expiry(at, now))),
        Some(Some(_)) => {}
    }
    match claims.get("nbf").map(time) {
        Some(None) => problems.push("its `nbf` is not a number of seconds".to_owned()),
        Some(Some(at)) if now < at => {
            problems.push(format!("it will be {}", plain_time::beginning(at, now)));
        }
        Some(Some(_)) | None => {}
    }
    problems
}

/// The members, one a line and aligned, each time with its words.
fn write_members(
    out: &mut String,
    title: &str,
    members: &Map<String, Value>,
    words: impl Fn(&str, &Value) -> Option<String>,
) {
    let _ = writeln!(out, "{title}");
    let width = members.keys().map(|name| printable(name).chars().count()).max().unwrap_or(0);
    for (name, value) in members {
        let text = match value {
            Value::String(text) => printable(text),
            value => printable(&value.to_string()),
        };
        let words = words(name, value).map(|words| format!("  {words}")).unwrap_or_default();
        let _ = writeln!(out, "  {:width$}  {text}{words}", printable(name));
    }
    out.push('\n');
}

fn in_words(name: &str, value: &Value, now: EpochSeconds) -> Option<String> {
    let at = match name {
        "exp" | "iat" | "nbf" | "auth_time" => time(value)?,
        _ => return None,
    };
    let words = match name {
        "exp" => format!(", {}", plain_time::expiry(at, now)),
        "iat" => format!(", {}", plain_time::issue(at, now)),
        "nbf" => format!(", {}", plain_time::beginning(at, now)),
        _ => String::new(),
    };
    Some(format!("{}{words}", at.rfc3339()))
}

fn time(value: &Value) -> Option<EpochSeconds> {
    EpochSeconds::try_from(value.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // {"typ":"JWT","alg":"RS256","kid":"k"}
    const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ";
    // {"aud":"h:1","exp":1688667993,"iat":1688660793,"access":[{"r":1}],"n\u001b":"x\u001b[2J"}
    const CLAIMS: &str = "eyJhdWQiOiJoOjEiLCJleHAiOjE2ODg2Njc5OTMsImlhdCI6MTY4ODY2MDc5MywiYWNjZXNzIjpbeyJyIjoxfV0sIm5cdTAwMWIiOiJ4XHUwMDFiWzJKIn0";

    fn token() -> String {
        format!("{HEADER}.{CLAIMS}.eA")
    }

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(1_688_660_793 + seconds).unwrap()
    }

    #[test]
    fn a_token_is_told_in_plain_words() {
        let decoded = Decoded::read(&token(), None, at(3)).unwrap();

        assert!(decoded.is_good());
        insta::assert_snapshot!(decoded.text(at(3)), @r#"
        header
          typ  JWT
          alg  RS256
          kid  k

        claims
          aud      h:1
          exp      1688667993  2023-07-06T18:26:33+00:00, expires in 1 h 59 min
          iat      1688660793  2023-07-06T16:26:33+00:00, issued 3 s ago
          access   [{"r":1}]
          n\u{1b}  x\u{1b}[2J

        signature  unchecked: `--url` verifies it with the keys of a data center
        "#);
    }

    #[test]
    fn a_token_whose_life_is_over_has_a_problem() {
        let decoded = Decoded::read(&token(), None, at(7500)).unwrap();

        assert_eq!(decoded.problems, ["it expired 5 min ago"]);
        assert!(decoded.text(at(7500)).ends_with("problem    it expired 5 min ago\n"));
    }

    #[test]
    fn a_key_set_without_its_key_does_not_verify_it() {
        let data_center: DataCenter = "http://127.0.0.1:1".parse().unwrap();
        let keys = KeySet::from_json(r#"{"keys":[]}"#).unwrap();

        let decoded = Decoded::read(&token(), Some((&data_center, &keys)), at(3)).unwrap();

        assert_eq!(decoded.signature, Signature::Invalid);
        assert_eq!(
            decoded.problems,
            ["its key `k` is not among the 0 that the data center publishes"]
        );
    }

    #[test]
    fn each_wrong_time_is_a_problem() {
        for (claims, problem) in [
            ("{}", "it has no `exp`, so it never expires"),
            (r#"{"exp":"soon"}"#, "its `exp` is not a number of seconds"),
            (r#"{"exp":1688660793}"#, "it expires now"),
            (r#"{"exp":1688660794,"nbf":false}"#, "its `nbf` is not a number of seconds"),
            (r#"{"exp":1688660999,"nbf":1688660796}"#, "it will be valid in 3 s"),
        ] {
            let claims = serde_json::from_str(claims).unwrap();
            assert_eq!(problems_of_time(&claims, at(0)), [problem]);
        }
    }
}
