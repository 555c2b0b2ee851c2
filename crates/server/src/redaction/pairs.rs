//! Names with values: forms and query strings.

use form_urlencoded::{Serializer, parse};

use super::{
    REDACTED,
    name::{Sensitivity, id, names_a_secret},
    token::{MARK, strip},
    words::scrub,
};

/// A query string without its secrets.
pub(crate) fn query(text: &str) -> String {
    redact(text, |name| if is_plain(name) { name } else { REDACTED })
}

/// A form without its secrets; `None` where the text is none.
pub(super) fn form(text: &str) -> Option<String> {
    let is_form = text.contains('=') && parse(text.as_bytes()).all(|(name, _)| is_plain(&name));
    is_form.then(|| redact(text, |name| name))
}

/// The token that a form is about, stripped: one to exchange, to revoke or to look into.
pub(crate) fn token_of_form(form: &str) -> Option<String> {
    let mut pairs = parse(form.as_bytes());
    let token = pairs.find(|(name, _)| Sensitivity::of(name) == Sensitivity::Token);
    token.map(|(_, value)| value.into_owned()).filter(|value| value.starts_with(MARK))
}

fn redact(text: &str, shown: impl Fn(&str) -> &str) -> String {
    let mut redacted = Serializer::new(String::with_capacity(text.len()));
    for (name, value) in parse(text.as_bytes()) {
        let value = match Sensitivity::of(&name) {
            Sensitivity::Secret => REDACTED.into(),
            Sensitivity::Token => strip(&value).into(),
            Sensitivity::Id => id(&value).to_owned().into(),
            Sensitivity::Plain if matches!(&*name, "code" | "state") => REDACTED.into(),
            Sensitivity::Plain if names_a_secret(&value) => REDACTED.into(),
            Sensitivity::Plain => scrub(&value).replace(MARK, "").into(),
        };
        let value: std::borrow::Cow<'_, str> = value;
        redacted.append_pair(shown(&name), &value);
    }
    redacted.finish()
}

/// Whether a name is a word as parameters have it, and so no secret itself.
fn is_plain(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    name.len() <= 40 && name.bytes().all(word) && scrub(name) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_its_words_and_loses_its_secrets() {
        for (given, kept) in [
            ("grant_type=client_credentials", Some("grant_type=client_credentials")),
            ("client_secret=s&scope=a+b", Some("client_secret=%5Bredacted%5D&scope=a+b")),
            ("client_%73ecret=s", Some("client_secret=%5Bredacted%5D")),
            ("grant_type=password", Some("grant_type=password")),
            ("a=1&a=2", Some("a=1&a=2")),
            ("username=a%40b&password=p", Some("username=a%40b&password=%5Bredacted%5D")),
            ("grant_type=x%0D%0Aclient_secret=s", Some("grant_type=%5Bredacted%5D")),
            ("hunter2", None),
            ("{\"client_secret\":\"s\"}=", None),
            ("5e0e8216cad04d4e6df7891e0352ede7=", None),
        ] {
            assert_eq!(form(given).as_deref(), kept, "given {given}");
        }
    }
}
