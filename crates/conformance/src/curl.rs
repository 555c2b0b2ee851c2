//! The command that repeats a request.

use std::fmt::Write as _;

use crate::request::{Body, Request};
use crate::secrets::Redaction;

/// One line for a POSIX shell; the secrets come from its environment.
pub(crate) fn line(request: &Request, redaction: &Redaction) -> String {
    let mut line = match &request.body {
        Body::Filler { prefix, bytes } => {
            format!(
                "{{ printf %s {}; head -c {bytes} /dev/zero | tr '\\0' a; }} | curl -i",
                quote(prefix)
            )
        }
        Body::None | Body::Bytes(_) => "curl -i".to_owned(),
    };
    match (request.method.as_str(), request.body.is_some()) {
        ("HEAD", _) => line.push_str(" --head"),
        ("GET", false) | ("POST", true) => {}
        (method, _) => {
            let _ = write!(line, " -X {method}");
        }
    }
    if let Some((user, password)) = &request.basic {
        let _ = write!(line, " -u {}", redaction.shell_word(&format!("{user}:{password}")));
    }
    for (name, value) in &request.headers {
        if request.basic.is_some() && name.eq_ignore_ascii_case("authorization") {
            continue;
        }
        let header = if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {}", String::from_utf8_lossy(value))
        };
        let _ = write!(line, " -H {}", redaction.shell_word(&header));
    }
    let has_type =
        request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if request.body.is_some() && !has_type {
        // Without this curl names a type of its own.
        line.push_str(" -H Content-Type:");
    }
    match &request.body {
        Body::None => {}
        Body::Bytes(bytes) => {
            let _ = write!(line, " --data-raw {}", data(bytes, redaction));
        }
        Body::Filler { .. } => line.push_str(" --data-binary @-"),
    }
    let _ = write!(line, " {}", redaction.shell_word(&request.url));
    line
}

fn data(bytes: &[u8], redaction: &Redaction) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => redaction.shell_word(text),
        _ => {
            let mut word = "$'".to_owned();
            for byte in bytes {
                if byte.is_ascii_alphanumeric() || b"=&%.-_+ ".contains(byte) {
                    word.push(char::from(*byte));
                } else {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            word.push('\'');
            word
        }
    }
}

/// `text` as one literal word of a shell.
pub(crate) fn quote(text: &str) -> String {
    let is_plain = |next: char| next.is_ascii_alphanumeric() || "-_./:=@%+,".contains(next);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;
    use crate::target::{Credentials, Target};

    #[test]
    fn a_line_repeats_the_request_and_holds_no_secret() {
        let target = Target::new("http://h:1")
            .unwrap()
            .with_credentials(Credentials::new("the-id", "the-secret"));
        let secrets = Secrets::of(&target);
        secrets.add_token("a-token-of-theirs", "ACCESS_TOKEN");
        let url = "http://h:1/t?a=b(c)";
        for (request, line) in [
            (
                Request::new("POST", url).basic("the-id", "the-secret").form("grant_type=x"),
                r#"curl -i -u "$CLIENT_ID:$CLIENT_SECRET" -H 'content-type: application/x-www-form-urlencoded' --data-raw grant_type=x 'http://h:1/t?a=b(c)'"#,
            ),
            (
                Request::new("GET", url).bearer("a-token-of-theirs"),
                r#"curl -i -H "authorization: Bearer $ACCESS_TOKEN" 'http://h:1/t?a=b(c)'"#,
            ),
            (
                Request::new("POST", url).body(*b"a\x00\xff"),
                r"curl -i -H Content-Type: --data-raw $'a\x00\xff' 'http://h:1/t?a=b(c)'",
            ),
            (Request::new("POST", url), "curl -i -X POST 'http://h:1/t?a=b(c)'"),
            (Request::new("HEAD", url), "curl -i --head 'http://h:1/t?a=b(c)'"),
        ] {
            assert_eq!(super::line(&request, &secrets.redaction()), line);
        }
    }
}
