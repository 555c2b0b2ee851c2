//! The conformance suite against a platform of these tests.

use gatepass_conformance::{Credentials, Report, Suite, Target, User};
use gatepass_server::FixtureUser;

use crate::{FixtureClient, clients};

/// The platform at `url`, with all that the built-in fixtures lend.
pub fn conformance_target(url: &str) -> Target {
    let lent = |client: &FixtureClient| {
        Credentials::new(client.client_id.to_string(), client.client_secret.reveal())
    };
    let user = |user: &FixtureUser| User::new(&user.login, user.password.reveal());
    let clients = clients();
    Target::new(url)
        .unwrap()
        .with_credentials(lent(&clients.default))
        .with_foreign_client_id(clients.foreign.client_id.to_string())
        .with_disabled_client(lent(&clients.disabled))
        .with_post_client(lent(&clients.post))
        .with_introspector(lent(&clients.introspector))
        .with_reader_client(lent(&clients.reader))
        .with_user(user(&clients.user))
        .with_two_factor_user(user(&clients.two_factor_user))
}

/// The whole suite, run against `target`.
pub async fn check_conformance(target: &Target) -> Report {
    Suite::default().run(target).await.unwrap()
}
