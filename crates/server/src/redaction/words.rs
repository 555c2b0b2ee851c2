//! Secrets in text that no name announces: they are known by their shape.

use std::borrow::Cow;

use gatepass_protocol::ClientId;

use super::{REDACTED, token::short};

/// A client secret has so many hexadecimal digits (CONTRACT 5.1).
const SECRET_LENGTH: usize = 32;

/// The text without whole tokens and without anything that looks like a client secret.
pub(crate) fn scrub(text: &str) -> Cow<'_, str> {
    if !words(text).any(|(_, word)| word.len() >= SECRET_LENGTH) {
        return Cow::Borrowed(text);
    }
    let mut scrubbed = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, word) in words(text) {
        if is_token(word) {
            scrubbed.push_str(&text[copied..at]);
            scrubbed.push_str(&short(word));
            copied = at + word.len();
            continue;
        }
        for (start, part) in parts(word) {
            if is_secret(part) {
                scrubbed.push_str(&text[copied..at + start]);
                scrubbed.push_str(REDACTED);
                copied = at + start + part.len();
            }
        }
    }
    scrubbed.push_str(&text[copied..]);
    Cow::Owned(scrubbed)
}

pub(super) fn looks_like_an_id(text: &str) -> bool {
    text.parse::<ClientId>().is_ok() || uuid_of_another_form(text)
}

/// Other spellings of a UUID with its four hyphens.
fn uuid_of_another_form(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4 && {
        text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    }
}

/// Three parts of base64url with dots between, of which the first is a JSON object.
fn is_token(word: &str) -> bool {
    word.len() > 40 && word.starts_with('e') && word.split('.').count() >= 3
}

fn is_secret(part: &str) -> bool {
    part.len() >= SECRET_LENGTH && part.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Where tokens' characters stand together, and what they are.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    runs(text, |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn parts(word: &str) -> impl Iterator<Item = (usize, &str)> {
    runs(word, |byte| byte.is_ascii_alphanumeric())
}

fn runs(text: &str, belongs: impl Fn(u8) -> bool + Copy) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|&byte| belongs(byte))?;
        let end = bytes[start..].iter().position(|&byte| !belongs(byte));
        at = end.map_or(bytes.len(), |length| start + length);
        Some((start, &text[start..at]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_the_shape_of_a_secret_is_hidden() {
        let token = format!("eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", "a".repeat(30));
        for (given, scrubbed) in [
            ("no endpoint /idp/tokens", "no endpoint /idp/tokens".to_owned()),
            ("", String::new()),
            ("/a/5e0e8216cad04d4e6df7891e0352ede7/b", "/a/[redacted]/b".to_owned()),
            ("x-5E0E8216CAD04D4E6DF7891E0352EDE7.", "x-[redacted].".to_owned()),
            (
                "1ea8372e-eefa-4df2-9088-9a1234f08f3c",
                "1ea8372e-eefa-4df2-9088-9a1234f08f3c".to_owned(),
            ),
            (&format!("é {token} é"), "é eyJh…dXJl é".to_owned()),
        ] {
            assert_eq!(scrub(given), scrubbed, "given {given}");
        }
    }

    proptest! {
        #[test]
        fn no_client_secret_passes(secret in "[0-9a-f]{32}", before in "\\PC{0,20}[^0-9a-zA-Z]", after in "[^0-9a-zA-Z]\\PC{0,20}") {
            let text = format!("{before}{secret}{after}");

            prop_assert!(!scrub(&text).contains(&secret));
        }

        #[test]
        fn text_without_long_words_stays_as_it_is(text in "(\\PC{0,20} ){0,5}") {
            prop_assert_eq!(scrub(&text).into_owned(), text);
        }
    }
}
