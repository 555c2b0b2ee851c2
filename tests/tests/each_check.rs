//! Each check of the conformance suite as a test of its own, against an embedded platform.

use gatepass_conformance::{Credentials, Target};
use gatepass_server::{FixtureClient, Platform};
use gatepass_tests::clients;

fn lent(client: &FixtureClient) -> Credentials {
    Credentials::new(client.client_id.to_string(), client.client_secret.reveal())
}

gatepass_conformance::each_check_is_a_test! {{
    let platform = Platform::start().await.expect("a free port");
    let clients = clients();
    let target = Target::new(&platform.url())
        .expect("the platform has a URL")
        .with_credentials(lent(&clients.default))
        .with_foreign_client_id(clients.foreign.client_id.to_string())
        .with_disabled_client(lent(&clients.disabled))
        .with_post_client(lent(&clients.post));
    (target, platform)
}}
