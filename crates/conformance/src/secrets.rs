//! What must never be printed, and what stands in its place.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use url::form_urlencoded;

use crate::target::{Credentials, Target};

/// JSON members whose text is a token or a secret, whoever sends it.
const SECRET_MEMBERS: [&str; 6] = [
    "access_token",
    "id_token",
    "refresh_token",
    "assertion",
    "client_secret",
    "registration_access_token",
];

/// A run of token characters shorter than this is no token: the header alone is longer.
const SHORTEST_TOKEN: usize = 20;

/// The secrets of one run: those lent by the caller, and the tokens met on the way.
pub(crate) struct Secrets(Mutex<HashMap<String, Shown>>);

/// What stands for a secret.
#[derive(Clone)]
struct Shown {
    /// In evidence.
    text: String,
    /// Between double quotes of a shell.
    shell: String,
}

impl Secrets {
    pub(crate) fn of(target: &Target) -> Self {
        let secrets = Self(Mutex::default());
        for (name, credentials) in target.all_credentials() {
            secrets.add_credentials(name, credentials);
        }
        let users = [("USER", &target.user), ("TWO_FACTOR_USER", &target.two_factor_user)];
        for (name, user) in users.into_iter().filter_map(|(n, user)| Some((n, user.as_ref()?))) {
            let coded: String = form_urlencoded::byte_serialize(user.password.as_bytes()).collect();
            for password in [&user.password, &coded] {
                secrets.add(password, "(redacted)", &format!("${name}_PASSWORD"));
            }
        }
        secrets
    }

    fn add_credentials(&self, name: &str, credentials: &Credentials) {
        let Credentials { client_id, client_secret } = credentials;
        let pair = format!("{client_id}:{client_secret}");
        let secret = format!("${name}_SECRET");
        let coded = format!(r#"$(printf %s "${name}_ID:${name}_SECRET" | base64 -w0)"#);
        let form: String = form_urlencoded::byte_serialize(client_secret.as_bytes()).collect();
        let json = serde_json::Value::from(client_secret.as_str()).to_string();
        self.add(client_secret, "(redacted)", &secret);
        self.add(&form, "(redacted)", &secret);
        self.add(json.trim_matches('"'), "(redacted)", &secret);
        self.add(&STANDARD.encode(client_secret), "(redacted)", &secret);
        self.add(&STANDARD.encode(&pair), "(redacted)", &coded);
        self.add(&URL_SAFE.encode(&pair), "(redacted)", &coded);
        // Not a secret: it is shown, and only a repeated command takes it from the environment.
        self.add(client_id, client_id, &format!("${name}_ID"));
    }

    /// Remembers the credentials of a client that the run made.
    pub(crate) fn add_made_client(&self, credentials: &Credentials) {
        self.add_credentials("MADE_CLIENT", credentials);
    }

    /// Remembers a token, and the shell variable that stands for it.
    pub(crate) fn add_token(&self, token: &str, variable: &str) {
        self.add(token, &shorten(token), &format!("${variable}"));
    }

    fn add(&self, value: &str, text: &str, shell: &str) {
        if value.is_empty() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = || Shown { text: text.to_owned(), shell: shell.to_owned() };
        known.entry(value.to_owned()).or_insert_with(shown);
    }

    /// What takes all that is known by now out of texts.
    pub(crate) fn redaction(&self) -> Redaction {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (values, shown): (Vec<_>, Vec<_>) = known.into_iter().unzip();
        // A token holds what a shorter secret may equal by chance: the longer counts.
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values);
        Redaction { finder: finder.expect("secrets are far shorter than its limit"), shown }
    }
}

/// Takes secrets out of texts.
pub(crate) struct Redaction {
    finder: AhoCorasick,
    /// In the order of the finder's patterns.
    shown: Vec<Shown>,
}

impl Redaction {
    /// `text` with nothing in it that may not be printed.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut out = String::new();
        self.finder.replace_all_with(&redact_members(text), &mut out, |found, _, out| {
            out.push_str(&self.shown[found.pattern()].text);
            true
        });
        redact_tokens(&out)
    }

    /// A header's value as evidence shows it.
    pub(crate) fn header(&self, name: &str, value: &str) -> String {
        let scheme = value.split(' ').next().unwrap_or_default();
        if name.eq_ignore_ascii_case("authorization") && scheme.eq_ignore_ascii_case("basic") {
            return format!("{scheme} (redacted)");
        }
        self.text(value)
    }

    /// `text` as one word of a shell command, secrets replaced by variables.
    pub(crate) fn shell_word(&self, text: &str) -> String {
        let mut word = String::new();
        let mut end = 0;
        for found in self.finder.find_iter(text) {
            push_quoted(&mut word, &text[end..found.start()]);
            word.push_str(&self.shown[found.pattern()].shell);
            end = found.end();
        }
        if end == 0 {
            return crate::curl::quote(text);
        }
        push_quoted(&mut word, &text[end..]);
        format!("\"{word}\"")
    }
}

/// Writes `text` as it stands between double quotes of a shell.
fn push_quoted(word: &mut String, text: &str) {
    for next in text.chars() {
        if matches!(next, '\\' | '"' | '$' | '`') {
            word.push('\\');
        }
        word.push(next);
    }
}

/// A token as people may see it: its first and last four characters.
pub(crate) fn shorten(token: &str) -> String {
    let count = token.chars().count();
    if count < SHORTEST_TOKEN {
        return "(redacted)".to_owned();
    }
    let first: String = token.chars().take(4).collect();
    let last: String = token.chars().skip(count - 4).collect();
    format!("{first}…{last}")
}

/// Shortens the values of JSON members that hold secrets, in text that may not be valid JSON.
fn redact_members(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        let (before, from) = rest.split_at(quote + 1);
        out.push_str(before);
        rest = from;
        let Some(name) = SECRET_MEMBERS
            .iter()
            .find(|name| from.strip_prefix(**name).is_some_and(|after| after.starts_with('"')))
        else {
            continue;
        };
        let after_name = &from[name.len() + 1..];
        let spaced = after_name.trim_start();
        let Some(value) = spaced.strip_prefix(':').map(str::trim_start) else { continue };
        let Some(value) = value.strip_prefix('"') else { continue };
        out.push_str(&from[..from.len() - value.len()]);
        let end = string_end(value);
        out.push_str(&shorten(&value[..end]));
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

/// Where the JSON string that `text` begins with ends: at its closing quote, or with the text.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// Shortens whatever looks like a JSON Web Token: `eyJ` and a long run of its characters.
fn redact_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let end = from
            .find(|next: char| !(next.is_ascii_alphanumeric() || "-_.".contains(next)))
            .unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        if run.len() < SHORTEST_TOKEN {
            out.push_str(run);
        } else {
            out.push_str(&shorten(run));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let credentials = Credentials::new("the-id", "p@ss/wörd");
        Secrets::of(&Target::new("http://h").unwrap().with_credentials(credentials))
    }

    #[test]
    fn a_secret_is_hidden_in_each_of_its_spellings() {
        let basic = STANDARD.encode("the-id:p@ss/wörd");
        for text in ["p@ss/wörd", "a=p%40ss%2Fw%C3%B6rd", basic.as_str()] {
            let shown = secrets().redaction().text(text);
            assert!(shown.ends_with("(redacted)"), "{text} became {shown}");
        }
    }

    #[test]
    fn tokens_keep_four_characters_at_either_end() {
        for (text, shown) in [
            (
                r#"{"access_token" : "abcdefghijklmnopqrstuvwxyz","a":1}"#,
                r#"{"access_token" : "abcd…wxyz","a":1}"#,
            ),
            (r#"{"id_token":"short"}"#, r#"{"id_token":"(redacted)"}"#),
            (r#"{"access_token":"abcdefghijklmnopqrstuvwxyz"#, r#"{"access_token":"abcd…wxyz"#),
            (r#"{"access_token":7,"access_token"#, r#"{"access_token":7,"access_token"#),
            ("Bearer eyJhbGciOiJub25lIn0.e30.c2ln!", "Bearer eyJh…c2ln!"),
        ] {
            assert_eq!(secrets().redaction().text(text), shown);
        }
    }

    #[test]
    fn a_shell_word_names_variables_instead_of_secrets() {
        let secrets = secrets();
        secrets.add_token("eyJh.a.b", "ACCESS_TOKEN");
        for (text, word) in [
            ("the-id:p@ss/wörd", r#""$CLIENT_ID:$CLIENT_SECRET""#),
            ("Authorization: Bearer eyJh.a.b", r#""Authorization: Bearer $ACCESS_TOKEN""#),
            ("it's", r"'it'\''s'"),
            ("plain", "plain"),
        ] {
            assert_eq!(secrets.redaction().shell_word(text), word);
        }
    }
}
