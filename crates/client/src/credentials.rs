//! Who asks.

use gatepass_protocol::{BasicCredentials, Secret};
use http::HeaderValue;
use url::form_urlencoded::byte_serialize;

/// The ID and the secret of an API client, as the management console shows them once.
///
/// `Debug` does not show the secret; it is wiped from memory when dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials(BasicCredentials);

/// What is wrong with credentials. The secret is not in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// One of them is missing.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// A line feed from a file, most often.
    #[error("the {0} has white space at an end or a control character in it; give it alone")]
    NotAlone(&'static str),
    /// HTTP Basic parts the two at the first colon (RFC 7617 section 2).
    #[error("the client ID has a colon in it, which HTTP Basic can't carry")]
    Colon,
}

impl Credentials {
    /// Credentials of an API client. The platform's own IDs are UUIDs; any other text that HTTP
    /// Basic can carry is taken too.
    ///
    /// # Errors
    /// [`CredentialsError`] says which part is wrong.
    pub fn new(
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Self, CredentialsError> {
        let (client_id, secret) = (client_id.into(), secret.into());
        check("client ID", &client_id)?;
        check("client secret", secret.reveal())?;
        BasicCredentials::new(client_id, secret).map(Self).map_err(|_| CredentialsError::Colon)
    }

    /// The `client_id`.
    pub fn client_id(&self) -> &str {
        self.0.id()
    }

    /// The `client_secret`.
    pub fn secret(&self) -> &Secret {
        self.0.secret()
    }

    /// The value of the `Authorization` header of a token request (CONTRACT 2.1).
    pub(crate) fn header(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(self.0.render()).expect("Base64 is visible ASCII");
        value.set_sensitive(true);
        value
    }

    /// The texts that no message may hold: the secret, the form in which it is sent, and that in
    /// which a form would hold it.
    pub(crate) fn unspeakable(&self) -> [Secret; 3] {
        let header = self.0.render();
        let encoded = header.strip_prefix("Basic ").unwrap_or(&header);
        let in_a_form = byte_serialize(self.secret().reveal().as_bytes()).collect::<String>();
        [Secret::from(encoded), self.secret().clone(), Secret::from(in_a_form)]
    }
}

fn check(part: &'static str, text: &str) -> Result<(), CredentialsError> {
    if text.is_empty() {
        return Err(CredentialsError::Empty(part));
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err(CredentialsError::NotAlone(part));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_be_wrong_is_named() {
        for (client_id, secret, error) in [
            ("", "s", CredentialsError::Empty("client ID")),
            ("id", "", CredentialsError::Empty("client secret")),
            (" id", "s", CredentialsError::NotAlone("client ID")),
            ("id", "hunter2\n", CredentialsError::NotAlone("client secret")),
            ("id", "hun\0ter2", CredentialsError::NotAlone("client secret")),
            ("i:d", "s", CredentialsError::Colon),
        ] {
            assert_eq!(
                Credentials::new(client_id, secret).unwrap_err(),
                error,
                "given {client_id:?} and {secret:?}"
            );
        }
    }

    #[test]
    fn an_id_that_is_no_uuid_and_a_secret_with_colons_are_taken() {
        let credentials = Credentials::new("my client", "a:b:\u{e9}").unwrap();

        assert_eq!(credentials.client_id(), "my client");
        assert_eq!(credentials.secret().reveal(), "a:b:\u{e9}");
    }

    #[test]
    fn what_no_message_may_hold_is_the_secret_in_each_of_its_forms() {
        let credentials = Credentials::new("id", "a:b&c").unwrap();

        let unspeakable = credentials.unspeakable();
        assert_eq!(
            unspeakable.each_ref().map(Secret::reveal),
            ["aWQ6YTpiJmM=", "a:b&c", "a%3Ab%26c"]
        );
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let credentials = Credentials::new("id", "hunter2").unwrap();

        let shown = format!("{credentials:?} {:?}", credentials.header());
        assert!(shown.contains("id") && !shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains("aWQ6aHVudGVyMg"), "{shown}");
    }
}
