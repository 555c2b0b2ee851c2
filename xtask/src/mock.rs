//! A running `gatepass serve`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Outcome, run, workspace};

/// A mock on a port of its own, ended when it is dropped.
pub(crate) struct Mock {
    server: Child,
    /// The data center URL.
    pub(crate) url: String,
    /// The API client that the mock offers.
    pub(crate) default_client: Credentials,
    ready_file: PathBuf,
    _directory: TempDir,
}

/// An API client's id and its secret, which is public test data.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Credentials {
    /// The `client_id` and `client_secret` of a JSON object.
    pub(crate) fn of(object: &Value) -> Outcome<Self> {
        Ok(Self {
            client_id: text(object, "client_id")?,
            client_secret: text(object, "client_secret")?,
        })
    }
}

impl Mock {
    /// Starts the release build and waits until it says that it is ready.
    pub(crate) fn start() -> Outcome<Self> {
        let directory = TempDir::new()?;
        let ready_file = directory.path().join("ready.json");
        let mut server = run::program(workspace::gatepass()?)
            .args(["serve", "--quiet", "--port", "0", "--ready-file"])
            .arg(&ready_file)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("could not start `gatepass serve`: {error}"))?;
        match read_when_ready(&mut server, &ready_file) {
            Ok(ready) => Ok(Self {
                url: text(&ready, "url")?,
                default_client: Credentials::of(&ready)?,
                server,
                ready_file,
                _directory: directory,
            }),
            Err(error) => {
                let _ = server.kill();
                let _ = server.wait();
                Err(error)
            }
        }
    }

    /// Its `host:port`.
    pub(crate) fn address(&self) -> Outcome<&str> {
        self.url
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .ok_or_else(|| format!("the mock's URL `{}` is not plain HTTP", self.url).into())
    }

    /// The process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Puts the data center URL and the default client's credentials where integrations read them.
    pub(crate) fn sign_in_through_environment(&self, command: &mut Command) {
        self.sign_in_as(&self.default_client, command);
    }

    /// The same with an API client's credentials.
    pub(crate) fn sign_in_as(&self, client: &Credentials, command: &mut Command) {
        command
            .env("DATACENTER_URL", &self.url)
            .env("CLIENT_ID", &client.client_id)
            .env("CLIENT_SECRET", &client.client_secret)
            // Where both are set, curl and requests read the lower case.
            .envs(["NO_PROXY", "no_proxy"].map(|name| (name, "127.0.0.1,localhost")));
    }

    /// Asks the server to stop, as a container's runtime would, and checks that it did so cleanly.
    pub(crate) fn stop(mut self) -> Outcome {
        kill_process(Pid::from_child(&self.server), Signal::TERM)?;
        for _ in 0..STOP_POLLS {
            if let Some(status) = self.server.try_wait()? {
                return if !status.success() {
                    Err(format!("`gatepass serve` did not stop cleanly: {status}").into())
                } else if self.ready_file.exists() {
                    Err("`gatepass serve` left its ready file behind".into())
                } else {
                    Ok(())
                };
            }
            thread::sleep(POLL);
        }
        Err("`gatepass serve` did not stop within 5 s of SIGTERM".into())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // Both fail only where the process has ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read_when_ready(server: &mut Child, ready_file: &Path) -> Outcome<Value> {
    for _ in 0..START_POLLS {
        if let Ok(text) = fs::read(ready_file) {
            return serde_json::from_slice(&text)
                .map_err(|error| format!("the ready file is not JSON: {error}").into());
        }
        if let Some(status) = server.try_wait()? {
            return Err(format!("`gatepass serve` ended before it was ready: {status}").into());
        }
        thread::sleep(POLL);
    }
    Err("`gatepass serve` wrote no ready file within 10 s".into())
}

fn text(object: &Value, member: &str) -> Outcome<String> {
    object[member]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("the mock tells no `{member}`").into())
}

const POLL: Duration = Duration::from_millis(5);
const START_POLLS: u32 = 2000;
const STOP_POLLS: u32 = 1000;
