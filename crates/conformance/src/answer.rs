//! An answer as it came, and the words to judge it.

use jiff::fmt::rfc2822;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::api_code;
use crate::check::{Failure, Verdict, require, unmet};
use crate::clock::now_s;
use crate::schema::{self, Schema};

/// Bytes of a body that are read; an answer of the platform is far smaller.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The body went on after [`MAX_BODY`].
    pub(crate) cut: bool,
    /// The answer came in HTTP/1.0.
    pub(crate) is_http_1_0: bool,
}

impl Answer {
    pub(crate) fn status(&self, wanted: u16) -> Verdict {
        require(self.status == wanted, || {
            format!("got {} with {}, wanted {wanted}", self.status, self.told())
        })
    }

    /// What kind of body came, in three words or so.
    fn told(&self) -> String {
        if self.body.is_empty() {
            return "an empty body".to_owned();
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::Object(members)) if members.contains_key("access_token") => {
                "a token".to_owned()
            }
            Ok(Value::Object(members)) => match members.get("error") {
                Some(Value::String(error)) => format!("the error `{}`", brief(error)),
                Some(Value::Object(_)) => "an API error".to_owned(),
                _ => "a JSON object".to_owned(),
            },
            Ok(_) => "JSON that is no object".to_owned(),
            Err(_) => format!("a body of type `{}`", self.content_type()),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Met when neither the body nor a header holds `text`, which is called `what`.
    pub(crate) fn does_not_tell(&self, text: &str, what: &str) -> Verdict {
        let body = String::from_utf8_lossy(&self.body);
        require(!body.contains(text), || format!("the body of the {} holds {what}", self.status))?;
        let told = self
            .headers
            .iter()
            .find(|(_, value)| String::from_utf8_lossy(value.as_bytes()).contains(text));
        let name = told.map(|(name, _)| name.as_str()).unwrap_or_default();
        require(told.is_none(), || format!("the header {name} of the {} holds {what}", self.status))
    }

    /// The Date, in seconds since the epoch; without one that can be read, this machine's time.
    pub(crate) fn date_or_now(&self) -> i64 {
        let date = self.header("date").and_then(|text| rfc2822::parse(&text).ok());
        date.map_or_else(now_s, |date| date.timestamp().as_second())
    }

    fn content_type(&self) -> String {
        self.header("content-type").unwrap_or_else(|| "(none)".to_owned())
    }

    pub(crate) fn json(&self) -> Result<Value, Failure> {
        if self.cut {
            return unmet(format!("the body is longer than {MAX_BODY} bytes"));
        }
        serde_json::from_slice(&self.body).or_else(|error| {
            unmet(format!("got {} with {}, which is not JSON: {error}", self.status, self.told()))
        })
    }

    /// The body of a 200, as JSON.
    pub(crate) fn ok_json(&self) -> Result<Value, Failure> {
        self.status(200)?;
        self.json()
    }

    /// `WWW-Authenticate` with a challenge of `scheme` (RFC 9110 11.6.1).
    pub(crate) fn challenge(&self, scheme: &str) -> Verdict {
        let given = self.headers.get_all("www-authenticate").iter();
        let given: Vec<_> = given.map(|it| String::from_utf8_lossy(it.as_bytes())).collect();
        let given = given.join(", ");
        // Parameters stand behind commas too; no scheme of ours is the name of one.
        let named = given.split(',').filter_map(|part| part.split_whitespace().next());
        let has = named.into_iter().any(|name| name.eq_ignore_ascii_case(scheme));
        require(has, || format!("WWW-Authenticate is `{}`", brief(&given)))
    }

    /// `Allow` names what is `supported`, and not the method that was `refused` (RFC 9110 10.2.1).
    pub(crate) fn allows(&self, supported: &[&str], refused: &str) -> Verdict {
        let allow = self.header("allow").unwrap_or_default();
        let names = |method: &str| allow.split(',').any(|named| named.trim() == method);
        let is_right = supported.iter().all(|method| names(method)) && !names(refused);
        require(is_right, || format!("Allow of the 405 to {refused} is `{allow}`"))
    }

    /// `application/json` with `charset=utf-8` (CONTRACT 3.2).
    pub(crate) fn json_content_type(&self) -> Verdict {
        let given = self.content_type();
        let mut parts = given.split(';').map(|part| part.trim().to_ascii_lowercase());
        let is_json = parts.next().is_some_and(|media| media == "application/json");
        let is_utf8 = parts.any(|part| matches!(&*part, "charset=utf-8" | "charset=\"utf-8\""));
        require(is_json && is_utf8, || format!("Content-Type is `{}`", brief(&given)))
    }

    /// `Cache-Control: no-store` and `Pragma: no-cache` (CONTRACT 3.2).
    pub(crate) fn is_not_stored(&self) -> Verdict {
        for (name, wanted) in [("cache-control", "no-store"), ("pragma", "no-cache")] {
            let given = self.header(name).unwrap_or_default().to_ascii_lowercase();
            let has = given.split(',').any(|part| part.trim() == wanted);
            require(has, || format!("{name} is `{given}`"))?;
        }
        Ok(())
    }

    /// One line, without a line feed at its end (CONTRACT 3.2).
    pub(crate) fn one_line(&self) -> Verdict {
        let breaks = self.body.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        require(breaks == 0, || format!("the body has {breaks} line breaks"))
    }

    /// The answer of a token endpoint that issues one (CONTRACT 3.1, 3.2); gives its body.
    pub(crate) fn token_answer(&self) -> Result<Value, Failure> {
        let body = self.ok_json()?;
        schema::judge(Schema::TokenAnswer, &body)?;
        require(body["token_type"] == "bearer", || {
            format!("`token_type` is {}", told_value(&body["token_type"]))
        })?;
        self.json_content_type()?;
        self.one_line()?;
        self.is_not_stored()?;
        Ok(body)
    }

    /// A token error (CONTRACT 4.1).
    pub(crate) fn token_error(&self, status: u16, error: &str) -> Verdict {
        self.status(status)?;
        let body = self.json()?;
        schema::judge(Schema::TokenError, &body)?;
        require(body["error"] == error, || format!("got the error {}", told_value(&body["error"])))
    }

    /// A refusal of a revocation (CONTRACT 4.1, 6.1).
    pub(crate) fn revoke_error(&self, status: u16, error: &str) -> Verdict {
        self.status(status)?;
        let body = self.json()?;
        schema::judge(Schema::RevokeError, &body)?;
        require(body["error"] == error, || format!("got the error {}", told_value(&body["error"])))
    }

    /// An API error, whose code is the status or one of the platform's own that fits it
    /// (CONTRACT 4.1, 4.3).
    pub(crate) fn api_error(&self, status: u16) -> Verdict {
        self.status(status)?;
        let body = self.json()?;
        schema::judge(Schema::ApiError, &body)?;
        let code = &body["error"]["code"];
        require(api_code::fits(code, status), || {
            format!("`error.code` of the {status} is {}", told_value(code))
        })
    }

    /// 415 of an endpoint for tokens (CONTRACT 4.2). In which form of errors, the contract does not
    /// say, nor whether in any.
    pub(crate) fn is_unsupported_type(&self) -> Verdict {
        self.status(415)?;
        let Ok(body) = self.json() else { return Ok(()) };
        schema::judge(Schema::TokenError, &body).or_else(|_| schema::judge(Schema::ApiError, &body))
    }

    /// `status` in the form of the errors of the API that `path` belongs to (CONTRACT 4.1).
    pub(crate) fn error_of(&self, path: &str, status: u16) -> Verdict {
        if path.starts_with("/api/task_manager/") {
            self.task_error(status)
        } else {
            self.api_error(status)
        }
    }

    /// A Task Manager error (CONTRACT 4.1).
    pub(crate) fn task_error(&self, status: u16) -> Verdict {
        self.status(status)?;
        let body = self.json()?;
        schema::judge(Schema::TaskError, &body)?;
        let (code, reason) = (&body["code"], body.get("reason").unwrap_or(&body["code"]));
        require(reason == code, || format!("`reason` is {}, not `code`", told_value(reason)))
    }
}

/// Whether `said` is `wanted`, or has members of its own beside.
pub(crate) fn holds(said: &Value, wanted: &Value) -> bool {
    match (said, wanted) {
        (Value::Object(said), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| said.get(name).is_some_and(|it| holds(it, wanted)))
        }
        (Value::Array(said), Value::Array(wanted)) => {
            said.len() == wanted.len() && said.iter().zip(wanted).all(|(it, want)| holds(it, want))
        }
        _ => said == wanted,
    }
}

/// A value for a reason, short.
pub(crate) fn told_value(value: &Value) -> String {
    match value {
        Value::Null => "missing or null".to_owned(),
        other => format!("`{}`", brief(&other.to_string())),
    }
}

/// Text for a reason: its first 120 characters.
pub(crate) fn brief(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
