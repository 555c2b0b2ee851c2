//! What a platform tells of its exchanges, and that none of it is secret.

use std::sync::{Arc, Mutex, OnceLock};

use gatepass_server::{Config, Exchange};

/// The log of one platform. When it goes, no secret of the fixtures is in it, whatever the test
/// was about.
#[derive(Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Exchange>>>);

impl Log {
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap().clone()
    }

    /// Adds to the log.
    pub(crate) fn observer(&self) -> impl Fn(&Exchange) + Send + Sync + use<> {
        let exchanges = Arc::clone(&self.0);
        move |exchange| exchanges.lock().unwrap().push(exchange.clone())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let log = serde_json::to_string(&self.exchanges()).unwrap();
        for secret in fixture_secrets() {
            assert!(!log.contains(secret), "a secret of the fixtures is in the log: {log}");
        }
    }
}

/// Each `secret` and `password` of `platform.toml`, and the secrets of the cases' clients.
fn fixture_secrets() -> &'static [String] {
    static SECRETS: OnceLock<Vec<String>> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let cases = gatepass_server::cases(&Config::default()).unwrap();
        let of_cases = cases.iter().map(|case| case.client_secret.reveal().to_owned());
        in_platform_file().map(ToOwned::to_owned).chain(of_cases).collect()
    })
}

fn in_platform_file() -> impl Iterator<Item = &'static str> {
    include_str!("../../fixtures/platform.toml").lines().filter_map(|line| {
        let (name, value) = line.split_once(" = ")?;
        ["secret", "password"].contains(&name).then(|| value.trim_matches('"'))
    })
}

#[test]
fn the_secrets_of_the_fixtures_are_found() {
    assert!(in_platform_file().count() > 10);
    assert!(fixture_secrets().len() > 110);
    assert!(fixture_secrets().iter().all(|secret| secret.len() >= 12));
}
