//! What is checked, and what can be lent to the suite for it.

use gatepass_conformance::{Credentials, Target, User};
use gatepass_server::{BuiltInClients, FixtureClient, FixtureUser};

use super::Arguments;
use crate::{
    data_center, environment,
    failure::{Failure, chain},
    mock_health::HealthProbe,
    output::Output,
};

/// The target with what can be lent to the suite for it, and what a person should know of that.
pub(super) async fn find(
    url: &str,
    arguments: &Arguments,
    output: Output,
) -> Result<(Target, Option<String>), Failure> {
    let (data_center, own) = match &arguments.client_id {
        Some(client_id) => (
            data_center::for_secrets(url, arguments.allow_plain_http)?,
            Some(data_center::credentials(client_id, output)?),
        ),
        None if environment::client_secret()?.is_some() => {
            return Err(Failure::usage("there is a client secret, but no client ID").hint(
                format!("set {}, or unset {}", environment::CLIENT_ID, environment::CLIENT_SECRET),
            ));
        }
        None => (data_center::without_secrets(url)?, None),
    };
    let own = own.map(|own| Credentials::new(own.client_id(), own.secret().reveal()));
    let mut target =
        Target::new(&data_center.to_string()).map_err(|error| Failure::usage(chain(&error)))?;
    let authority = arguments.bounds.certificate_authority()?;
    let mock = HealthProbe::new(&data_center, authority.as_deref())?;
    if let Some(authority) = authority {
        target = target.with_certificate_authority(authority);
    }
    let mut note = None;
    if let Some(clients) = built_in_clients(arguments.client_id.as_deref(), &mock).await? {
        note = Some("note: a Gatepass mock answers; its public test clients are used".to_owned());
        target = target
            .with_credentials(own.unwrap_or_else(|| lent(&clients.default)))
            .with_foreign_client_id(clients.foreign.client_id.to_string())
            .with_disabled_client(lent(&clients.disabled))
            .with_post_client(lent(&clients.post))
            .with_introspector(lent(&clients.introspector))
            .with_reader_client(lent(&clients.reader))
            .with_user(lent_user(&clients.user))
            .with_two_factor_user(lent_user(&clients.two_factor_user));
    } else if let Some(own) = own {
        target = target.with_credentials(own);
    } else {
        note = Some(format!(
            "note: checks that need credentials were skipped; {} and {} give some",
            environment::CLIENT_ID,
            environment::CLIENT_SECRET
        ));
    }
    if let Some(foreign) = &arguments.foreign_client_id {
        target = target.with_foreign_client_id(foreign.clone());
    }
    let target = arguments.bounds.apply(environment_lends(target)?)?;
    Ok((target, note))
}

/// What the environment lends beside the caller's own client: each an ID or a login, and its
/// secret.
fn environment_lends(mut target: Target) -> Result<Target, Failure> {
    if let Some((id, secret)) = environment::pair(environment::DISABLED_CLIENT)? {
        target = target.with_disabled_client(Credentials::new(id, secret));
    }
    if let Some((id, secret)) = environment::pair(environment::POST_CLIENT)? {
        target = target.with_post_client(Credentials::new(id, secret));
    }
    if let Some((id, secret)) = environment::pair(environment::INTROSPECTOR_CLIENT)? {
        target = target.with_introspector(Credentials::new(id, secret));
    }
    if let Some((id, secret)) = environment::pair(environment::READER_CLIENT)? {
        target = target.with_reader_client(Credentials::new(id, secret));
    }
    if let Some((login, password)) = environment::pair(environment::USER)? {
        target = target.with_user(User::new(login, password));
    }
    if let Some((login, password)) = environment::pair(environment::TWO_FACTOR_USER)? {
        target = target.with_two_factor_user(User::new(login, password));
    }
    Ok(target)
}

/// The public test clients, where a mock answers and the caller has no other client.
async fn built_in_clients(
    client_id: Option<&str>,
    mock: &HealthProbe,
) -> Result<Option<BuiltInClients>, Failure> {
    let clients = BuiltInClients::load().map_err(|error| Failure::unreachable(chain(&error)))?;
    let default = clients.default.client_id.to_string();
    if client_id.is_some_and(|client_id| client_id != default) {
        return Ok(None);
    }
    // Where nobody answers, the suite says so.
    Ok(mock.ask().await.is_ok().then_some(clients))
}

fn lent(client: &FixtureClient) -> Credentials {
    // Public test data.
    Credentials::new(client.client_id.to_string(), client.client_secret.reveal())
}

fn lent_user(user: &FixtureUser) -> User {
    // Public test data.
    User::new(&user.login, user.password.reveal())
}
