//! What the name of a parameter or of a JSON member says of its value.

use super::words::looks_like_an_id;

/// What may be kept of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sensitivity {
    /// All of it.
    Plain,
    /// All of it where it is an ID: a secret may have been sent in its place.
    Id,
    /// Nothing.
    Secret,
    /// What the token says, without its signature.
    Token,
}

/// Parts of names whose values are secret. Names are compared without case, `_` and `-`.
const SECRET: [&str; 7] =
    ["secret", "passw", "passphrase", "totp", "apikey", "privatekey", "cookie"];
/// Whole names whose values are secret.
const SECRET_NAMES: [&str; 10] = [
    "pwd",
    "pass",
    "pin",
    "otp",
    "key",
    "codeverifier",
    "devicecode",
    "controlkey",
    "credential",
    "credentials",
];
/// Names that say something about secrets and tokens, and carry none.
const ABOUT: [&str; 5] = ["expiresat", "time", "type", "typehint", "required"];

impl Sensitivity {
    pub(super) fn of(name: &str) -> Self {
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        if ABOUT.iter().any(|end| name.ends_with(end)) {
            return Self::Plain;
        }
        if SECRET.iter().any(|part| name.contains(part)) || SECRET_NAMES.contains(&name.as_str()) {
            return Self::Secret;
        }
        if name.ends_with("token") || name.ends_with("tokenhint") || name.ends_with("assertion") {
            return Self::Token;
        }
        if name == "clientid" { Self::Id } else { Self::Plain }
    }
}

/// Whether a text seems to hold a secret together with its name, as a badly written form does.
pub(super) fn names_a_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let parts = ["token", "assertion"];
    text.contains(['=', '"', '\n']) && SECRET.iter().chain(&parts).any(|part| text.contains(part))
}

/// An ID, or nothing that may be shown.
pub(super) fn id(text: &str) -> &str {
    if looks_like_an_id(text) { text } else { super::REDACTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_may_be_kept() {
        for (name, sensitivity) in [
            ("client_secret", Sensitivity::Secret),
            ("Client-Secret", Sensitivity::Secret),
            ("clientSecret", Sensitivity::Secret),
            ("password", Sensitivity::Secret),
            ("md5_password", Sensitivity::Secret),
            ("totp_code", Sensitivity::Secret),
            ("device_code", Sensitivity::Secret),
            ("access_token", Sensitivity::Token),
            ("registration_access_token", Sensitivity::Token),
            ("token", Sensitivity::Token),
            ("id_token_hint", Sensitivity::Token),
            ("assertion", Sensitivity::Token),
            ("client_assertion", Sensitivity::Token),
            ("client_id", Sensitivity::Id),
            ("client_secret_expires_at", Sensitivity::Plain),
            ("client_assertion_type", Sensitivity::Plain),
            ("token_type", Sensitivity::Plain),
            ("token_type_hint", Sensitivity::Plain),
            ("token_endpoint_auth_method", Sensitivity::Plain),
            ("totp_time", Sensitivity::Plain),
            ("grant_type", Sensitivity::Plain),
            ("scope", Sensitivity::Plain),
            ("username", Sensitivity::Plain),
            ("code", Sensitivity::Plain),
        ] {
            assert_eq!(Sensitivity::of(name), sensitivity, "given {name}");
        }
    }
}
