//! What `serve` tells a person once it serves.

use std::{fmt::Write, process};

use gatepass_server::FixtureClient;

use crate::{environment, tls::Trust};

/// What a person needs to paste.
pub(crate) struct Banner {
    pub(crate) url: String,
    /// Where this machine reaches the control API.
    pub(crate) control_url: String,
    pub(crate) client: FixtureClient,
    pub(crate) lifetime_s: u32,
    pub(crate) has_control_key: bool,
    /// The cases that play for all.
    pub(crate) cases: Vec<String>,
    pub(crate) trust: Trust,
}

impl Banner {
    pub(crate) fn text(&self) -> String {
        let Self { url, control_url, client, lifetime_s, has_control_key, cases, trust } = self;
        let FixtureClient { client_id, client_secret, .. } = client;
        let secret = client_secret.reveal(); // A fixture's, made to be shown.
        let key = if *has_control_key {
            format!(" -H \"Authorization: Bearer ${}\"", environment::CONTROL_KEY)
        } else {
            String::new()
        };
        let curl = format!("curl{}", trust.curl_option());
        let mut text = format!(
            "\
Gatepass {version} serves a data center that is not there

  data center URL  {url}
  client ID        {client_id}
  client secret    {secret}
",
            version = env!("CARGO_PKG_VERSION"),
        );
        if !cases.is_empty() {
            let _ = writeln!(text, "  cases            {}", cases.join(", "));
        }
        let _ = write!(
            text,
            "
get a token:
  {curl} -u {client_id}:{secret} -d grant_type=client_credentials {url}/api/2/idp/token
let all tokens expire:
  {curl} -X PUT {control_url}/_gatepass/clock{key} -d '{{\"advance_s\": {lifetime_s}}}'
"
        );
        if let Some(note) = trust.note() {
            let _ = writeln!(text, "  ({note})");
        }
        let _ = write!(text, "stop:\n  Ctrl-C, or kill {}\n", process::id());
        text
    }
}
