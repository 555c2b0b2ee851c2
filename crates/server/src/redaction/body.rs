//! Bodies.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    REDACTED,
    name::{Sensitivity, id, names_a_secret},
    pairs,
    token::{MARK, strip},
    words::scrub,
};

/// A longer body is left out.
const LIMIT: usize = 16 * 1024;

/// A body without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// Its size in bytes, as it came.
    pub(crate) size: usize,
    pub(crate) content: Content<String>,
}

/// What is kept of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content<T> {
    Empty,
    /// JSON in which tokens are stripped.
    Json(T),
    /// A form in which tokens are stripped.
    Form(T),
    Text(T),
    /// Nothing, and why.
    LeftOut(&'static str),
}

/// Who sent a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The caller: it may have sent a secret in any place and form.
    Caller,
    /// The platform: a text of its that is no JSON is an error page or a broken answer.
    Platform,
}

/// Takes the secrets out of a body. What the body is, is told by what it looks like: callers send
/// JSON and forms under each other's type.
pub(crate) fn body(bytes: &Bytes, side: Side) -> Body {
    Body { size: bytes.len(), content: content(bytes, side) }
}

fn content(bytes: &[u8], side: Side) -> Content<String> {
    if bytes.is_empty() {
        return Content::Empty;
    }
    if bytes.len() > LIMIT {
        return Content::LeftOut("longer than 16 KiB");
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return Content::LeftOut("not UTF-8 text");
    };
    if text.trim_start().starts_with(['{', '[']) {
        if let Ok(value) = serde_json::from_str(text) {
            return Content::Json(redact(value).to_string());
        }
    } else if side == Side::Caller
        && let Some(form) = pairs::form(text)
    {
        return Content::Form(form);
    }
    match side {
        Side::Caller => Content::LeftOut("neither JSON nor a form"),
        Side::Platform if names_a_secret(text) => {
            Content::LeftOut("not JSON, and it names a secret")
        }
        Side::Platform => Content::Text(scrub(text).into_owned()),
    }
}

fn redact(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.into_iter().map(redact).collect(),
        Value::Object(mut members) => {
            redact_members(&mut members);
            Value::Object(members)
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

/// Takes the secrets out of a JSON object, those below it too.
pub(super) fn redact_members(members: &mut Map<String, Value>) {
    for (name, value) in members.iter_mut() {
        let given = value.take();
        *value = match (Sensitivity::of(name), given) {
            (_, plain @ (Value::Null | Value::Bool(_))) => plain,
            (Sensitivity::Token, Value::String(token)) => strip(&token).into(),
            (Sensitivity::Token | Sensitivity::Secret, _) => REDACTED.into(),
            (Sensitivity::Id, Value::String(text)) => id(&text).into(),
            (Sensitivity::Id | Sensitivity::Plain, other) => redact(other),
        };
    }
}

fn clean(mut text: String) -> String {
    text.retain(|character| character != MARK);
    scrub(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content_of(text: &str, side: Side) -> Content<String> {
        body(&Bytes::copy_from_slice(text.as_bytes()), side).content
    }

    #[test]
    fn json_loses_its_secrets_at_any_depth() {
        for (given, kept) in [
            (r#"{"client_secret":"s","a":1}"#, r#"{"client_secret":"[redacted]","a":1}"#),
            (r#"{"client_\u0073ecret":"s"}"#, r#"{"client_secret":"[redacted]"}"#),
            (r#"[{"a":{"Password":["s",{"b":"s"}]}}]"#, r#"[{"a":{"Password":"[redacted]"}}]"#),
            (r#"{"password":null,"totp":123456}"#, r#"{"password":null,"totp":"[redacted]"}"#),
            (
                r#"{"token":"short","client_id":"s"}"#,
                r#"{"token":"[redacted]","client_id":"[redacted]"}"#,
            ),
            (r#"{"client_secret_expires_at":0}"#, r#"{"client_secret_expires_at":0}"#),
            ("{\"a\":\"\u{f8ff}x y z z\"}", r#"{"a":"x y z z"}"#),
        ] {
            assert_eq!(content_of(given, Side::Caller), Content::Json(kept.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_cannot_be_searched_is_left_out() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LIMIT));
        for (given, side, reason) in [
            (r#"{"password": 's'}"#, Side::Caller, "neither JSON nor a form"),
            ("hunter2", Side::Caller, "neither JSON nor a form"),
            ("--b\r\nname=\"password\"\r\n\r\ns\r\n--b--", Side::Caller, "neither JSON nor a form"),
            (r#"{"refresh_token":"s"#, Side::Platform, "not JSON, and it names a secret"),
            (&long, Side::Caller, "longer than 16 KiB"),
        ] {
            assert_eq!(content_of(given, side), Content::LeftOut(reason), "given {given:.40}");
        }
        let binary = body(&Bytes::from_static(b"\xff"), Side::Caller);
        assert_eq!(binary.content, Content::LeftOut("not UTF-8 text"));
        let page = "<h1>502 Bad Gateway</h1>";
        assert_eq!(content_of(page, Side::Platform), Content::Text(page.to_owned()));
    }
}
