//! What is in a file.

use std::io;

use data_encoding::BASE64;
use gatepass_protocol::EpochSeconds;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::key::Key;
use crate::Token;

/// A token as it came, but for its refresh token, and when it was asked for.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    issued_at: EpochSeconds,
    answer: Map<String, Value>,
}

/// A file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
enum File {
    /// Only the file's mode protects it.
    Plain(Entry),
    /// Nonce, encrypted entry and tag, in Base64.
    Sealed(String),
}

impl Entry {
    pub(super) fn of(token: &Token) -> Self {
        Self { issued_at: token.issued_at(), answer: without_refresh_token(token.json().clone()) }
    }

    /// The text of a file.
    pub(super) fn seal(self, place: &[u8], key: Option<&Key>) -> io::Result<Vec<u8>> {
        let file = match key {
            None => File::Plain(self),
            Some(key) => {
                let text = Zeroizing::new(serde_json::to_vec(&self)?);
                let sealed = key.seal(&text, place).ok_or(io::ErrorKind::Other)?;
                File::Sealed(BASE64.encode(&sealed))
            }
        };
        Ok(serde_json::to_vec(&file)?)
    }

    /// What the text of a file says; where there is a key, only what was sealed with it.
    pub(super) fn open(text: &[u8], place: &[u8], key: Option<&Key>) -> Option<Self> {
        match (serde_json::from_slice(text).ok()?, key) {
            (File::Plain(entry), None) => Some(entry),
            (File::Sealed(sealed), Some(key)) => {
                let text = key.open(BASE64.decode(sealed.as_bytes()).ok()?, place)?;
                serde_json::from_slice(&text).ok()
            }
            (File::Plain(_), Some(_)) | (File::Sealed(_), None) => None,
        }
    }

    /// The token, if it is good now.
    pub(super) fn token(self, now: EpochSeconds) -> Option<Token> {
        let answer = without_refresh_token(self.answer);
        let token = Token::read(answer, self.issued_at).ok()?;
        (self.issued_at <= now && now < token.expires_on()).then_some(token)
    }
}

/// Two runs that both sent it would have the platform revoke all that came of it (CONTRACT 2.6).
fn without_refresh_token(mut answer: Map<String, Value>) -> Map<String, Value> {
    answer.retain(|name, _| name != "refresh_token");
    answer
}
