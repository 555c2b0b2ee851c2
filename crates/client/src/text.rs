//! What a server said, made fit for a message: without secrets, without control characters, short.

use gatepass_protocol::Secret;

const LONGEST_WORDS: usize = 200;
const LONGEST_EXCERPT: usize = 80;
/// A word this long in an unknown page may be a token; few words of people are.
const LONG_WORD: usize = 16;

/// Words of the platform: a message, a code, a request ID.
pub(crate) fn words(text: &str, unspeakable: &[Secret]) -> String {
    let text = without_secrets(text, unspeakable);
    shorten(&mask(&text, |word| word.starts_with("eyJ")), LONGEST_WORDS)
}

/// What `serde` says of a value of the wrong type, without that value, which nobody knows.
pub(crate) fn without_values(text: &str) -> String {
    let tells_the_value = ["invalid type: ", "invalid value: ", "unknown variant "];
    let value = text.find(['"', '`']).zip(text.rfind(", expected"));
    match value.filter(|_| tells_the_value.iter().any(|start| text.starts_with(start))) {
        Some((start, end)) if start < end => {
            format!("{}{}", text[..start].trim_end(), &text[end..])
        }
        Some(_) | None => text.to_owned(),
    }
}

/// The beginning of a body that is not what was expected: enough to recognise a proxy's page.
pub(crate) fn excerpt(body: &[u8], unspeakable: &[Secret]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.contains("_token") {
        return "(withheld, for it may hold a token)".to_owned();
    }
    let text = without_secrets(&text, unspeakable);
    shorten(
        &mask(&text, |word| word.len() >= LONG_WORD || word.starts_with("eyJ")),
        LONGEST_EXCERPT,
    )
}

fn without_secrets(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .filter(|secret| !secret.reveal().is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "(secret)"))
}

/// Puts a mark for each run of token characters that `hides` picks.
fn mask(text: &str, hides: impl Fn(&str) -> bool) -> String {
    let ends = |character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character));
    let masked = |piece: &str| {
        let word = piece.trim_end_matches(ends);
        if hides(word) { format!("…{}", &piece[word.len()..]) } else { piece.to_owned() }
    };
    text.split_inclusive(ends).map(masked).collect()
}

/// One line of at most `most` characters.
fn shorten(text: &str, most: usize) -> String {
    let line = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_words_lose_secrets_tokens_and_control_characters() {
        let unspeakable = [Secret::from("hunter2"), Secret::from("")];
        for (given, expected) in [
            ("no API client 6a59b7e4-6c53-44b3-8a2d-1d3a8a2a1002", None),
            ("the secret hunter2 is wrong", Some("the secret (secret) is wrong")),
            ("token 'eyJ0eXAi.eyJzdWIi.c2ln' expired", Some("token '….….c2ln' expired")),
            ("a\u{1b}[31m red\r\n  alert", Some("a [31m red alert")),
        ] {
            assert_eq!(words(given, &unspeakable), expected.unwrap_or(given), "given {given}");
        }
    }

    #[test]
    fn what_serde_says_loses_the_value() {
        for (given, expected) in [
            (
                r#"invalid type: string "hunt\", expected", expected u8 at line 1 column 2"#,
                "invalid type: string, expected u8 at line 1 column 2",
            ),
            ("invalid value: integer `300`, expected u8", "invalid value: integer, expected u8"),
            ("unknown variant `hunter2`, expected `a`", "unknown variant, expected `a`"),
            ("invalid type: map, expected a string", "invalid type: map, expected a string"),
            ("missing field `id` at line 1", "missing field `id` at line 1"),
        ] {
            assert_eq!(without_values(given), expected, "given {given}");
        }
    }

    #[test]
    fn words_and_excerpts_are_short() {
        assert_eq!(words(&"a ".repeat(200), &[]).chars().count(), 201);
        assert_eq!(excerpt("\u{e9} ".repeat(200).as_bytes(), &[]).chars().count(), 81);
    }

    #[test]
    fn an_excerpt_shows_a_page_but_nothing_that_may_be_a_token() {
        let unspeakable = [Secret::from("hunter2"), Secret::from("")];
        for (given, expected) in [
            ("<html>\n<title>502 Bad Gateway</title>", "<html> <title>502 Bad Gateway</title>"),
            ("{\"access_token\":\"abc", "(withheld, for it may hold a token)"),
            ("0123456789abcdef0123456789abcdef", "…"),
            ("eyJ0.eyJ1.c2ln", "….….c2ln"),
            ("you sent hunter2", "you sent (secret)"),
            ("", ""),
        ] {
            assert_eq!(excerpt(given.as_bytes(), &unspeakable), expected, "given {given}");
        }
    }
}
