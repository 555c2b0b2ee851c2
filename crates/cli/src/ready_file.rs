//! The file that tells scripts where the mock is: `--ready-file`.

use std::{fs, path::PathBuf, process};

use gatepass_server::FixtureClient;
use serde::Serialize;

use crate::{atomic_file::Draft, failure::Failure};

/// The documented shape; only ever added to.
#[derive(Serialize)]
struct Content<'a> {
    url: &'a str,
    /// No console yet.
    console_url: Option<&'a str>,
    /// Where `/_gatepass/` is.
    control_url: &'a str,
    client_id: String,
    client_secret: &'a str,
    pid: u32,
}

/// The file while it is there; it is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct ReadyFile {
    path: PathBuf,
    text: String,
}

impl ReadyFile {
    /// Writes the file, whole or not at all, readable by its owner only.
    pub(crate) fn write(
        path: PathBuf,
        url: &str,
        control_url: &str,
        client: &FixtureClient,
    ) -> Result<Self, Failure> {
        let content = Content {
            url,
            console_url: None,
            control_url,
            client_id: client.client_id.to_string(),
            client_secret: client.client_secret.reveal(), // Scripts sign in with it.
            pid: process::id(),
        };
        let mut text =
            serde_json::to_string(&content).expect("text and numbers serialize to a String");
        text.push('\n');
        Draft::of_secret(&path)?.finish(&text)?;
        Ok(Self { path, text })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Another server may have put its own in the place of ours.
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use gatepass_server::BuiltInClients;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_it_goes_with_its_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        let client = BuiltInClients::load().unwrap().default;

        let ready = ReadyFile::write(path.clone(), "http://h:1", "http://h:2", &client).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        drop(ready);
        assert!(!path.exists());
    }

    #[test]
    fn the_file_of_another_server_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        let client = BuiltInClients::load().unwrap().default;
        let ready = ReadyFile::write(path.clone(), "http://h:1", "http://h:2", &client).unwrap();
        fs::write(&path, "another's").unwrap();

        drop(ready);

        assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
    }
}
