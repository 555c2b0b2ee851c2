//! Tokens kept in a file, for programs that run for seconds.

mod entry;
mod key;
mod last_run;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use gatepass_protocol::EpochSeconds;
#[cfg(unix)]
use rustix::process::geteuid;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

pub(crate) use self::last_run::LastRun;
use self::{entry::Entry, key::Key};
use crate::{Credentials, DataCenter, Token};

/// Keeps tokens in a folder from one run of a program to the next, each in a file of its own that
/// only the owner can read and that is replaced whole.
///
/// Where the system has a keyring (the Keychain, the Credential Manager, the keys of the Linux
/// kernel), the files are encrypted with a key that is kept there (AES-256-GCM); the kernel forgets
/// its keys with the end of the session or at a restart, and the files are then worth nothing.
/// Elsewhere only the file's mode protects them; [`DiskCache::is_encrypted`] tells.
///
/// A token is found again with the same data center, client ID, secret and scope only, and without
/// its refresh token: when it is over, the next run signs in with the credentials. A file that can't
/// be read, or not be written, costs a request and is no error.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = gatepass_server::Platform::start().await?;
/// # let folder = tempfile::tempdir()?;
/// # let (url, client, folder) = (mock.url(), mock.default_client(), folder.path());
/// # let (client_id, secret) = (client.client_id.to_string(), client.client_secret);
/// use gatepass_client::{Credentials, DiskCache, TokenSource};
///
/// for _run in 0..2 {
///     let credentials = Credentials::new(&client_id, secret.clone())?;
///     let tokens = TokenSource::builder(url.parse()?, credentials)
///         .disk_cache(DiskCache::open(folder)?)
///         .build()?;
///     tokens.access_token().await?;
/// }
/// assert_eq!(mock.requests().route("token").count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DiskCache {
    folder: PathBuf,
    key: Option<Arc<Key>>,
}

const EXTENSION: &str = "token";
/// No token lives that long.
const OLD: Duration = Duration::from_hours(7 * 24);

/// Where the token of one sign-in is kept.
#[derive(Debug)]
pub(crate) struct Slot {
    path: PathBuf,
    key: Option<Arc<Key>>,
}

impl DiskCache {
    /// A cache in a folder, which is made for the owner alone if it is not there; encrypted where
    /// there is a keyring.
    ///
    /// # Errors
    /// What the system said, when the folder can't be made; on Unix also
    /// [`PermissionDenied`](io::ErrorKind::PermissionDenied), when it belongs to another user or
    /// others may write to it.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        Self::with_key(folder.into(), Key::of_the_system())
    }

    /// The same without a look for a keyring: only the files' mode protects them.
    ///
    /// # Errors
    /// As [`DiskCache::open`].
    pub fn unencrypted(folder: impl Into<PathBuf>) -> io::Result<Self> {
        Self::with_key(folder.into(), None)
    }

    /// Whether the files are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.key.is_some()
    }

    fn with_key(folder: PathBuf, key: Option<Key>) -> io::Result<Self> {
        make_folder(&folder)?;
        check_folder(&folder)?;
        Ok(Self { folder, key: key.map(Arc::new) })
    }

    /// Where the token of a sign-in is kept: the name tells nothing of it.
    pub(crate) fn slot(
        &self,
        data_center: &DataCenter,
        credentials: &Credentials,
        scope: Option<&str>,
    ) -> Slot {
        let parts = [
            &data_center.to_string(),
            credentials.client_id(),
            credentials.secret().reveal(),
            scope.unwrap_or_default(),
        ];
        let parts = Zeroizing::new(parts.join("\0"));
        let name = HEXLOWER.encode(digest(&SHA256, parts.as_bytes()).as_ref());
        Slot { path: self.folder.join(format!("{name}.{EXTENSION}")), key: self.key.clone() }
    }
}

impl Slot {
    /// The token that is kept, if it is still good.
    pub(crate) fn read(&self, now: EpochSeconds) -> Option<Token> {
        if !is_private(&self.path) {
            return None;
        }
        let text = fs::read(&self.path).ok()?;
        let entry = Entry::open(&text, self.name(), self.key.as_deref())?;
        entry.token(now)
    }

    /// Keeps a token instead of what is there.
    pub(crate) fn write(&self, token: &Token) -> io::Result<()> {
        let text = Entry::of(token).seal(self.name(), self.key.as_deref())?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // It is made for the owner alone.
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // What is left of sign-ins that nobody makes any more can wait for the next time.
        let _ = self.forget_old(folder);
        Ok(())
    }

    /// Removes files that are much older than the one that was just written.
    fn forget_old(&self, folder: &Path) -> io::Result<()> {
        let now = fs::metadata(&self.path)?.modified()?;
        for file in fs::read_dir(folder)? {
            let file = file?;
            let age = now.duration_since(file.metadata()?.modified()?).unwrap_or_default();
            let ours = file.path().extension().is_some_and(|extension| extension == EXTENSION);
            if ours && age > OLD {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    /// Keeps nothing any more.
    pub(crate) fn clear(&self) {
        // What is not there need not be removed; what can't be removed is a token that is over.
        let _ = fs::remove_file(&self.path);
    }

    /// What binds an encrypted file to its place.
    fn name(&self) -> &[u8] {
        self.path.file_name().map_or(b"", |name| name.as_encoded_bytes())
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Nobody else may put files there, or replace them.
#[cfg(unix)]
fn check_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let found = fs::metadata(folder)?;
    let complaint = if found.uid() != geteuid().as_raw() {
        "the folder belongs to another user; choose one of your own"
    } else if found.mode() & 0o022 != 0 {
        "others may write to the folder; `chmod go-w` it, or choose another"
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, complaint))
}

/// A user's profile is private by its access list.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn check_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether nobody else can have put it there or read it.
#[cfg(unix)]
fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    fs::symlink_metadata(file).is_ok_and(|file| {
        file.is_file() && file.uid() == geteuid().as_raw() && file.mode() & 0o777 == 0o600
    })
}

/// A user's profile is private by its access list.
#[cfg(not(unix))]
fn is_private(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok_and(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn token() -> Token {
        let json = json!({
            "access_token": "tok~1", "refresh_token": "tok~2", "expires_in": 100,
            "token_type": "bearer", "more": 1,
        });
        let Value::Object(json) = json else { unreachable!("it is an object") };
        Token::read(json, at(NOW)).unwrap()
    }

    fn slot(cache: &DiskCache, secret: &str, scope: Option<&str>) -> Slot {
        let data_center = "https://host".parse().unwrap();
        cache.slot(&data_center, &Credentials::new("id", secret).unwrap(), scope)
    }

    fn caches(folder: &Path) -> [DiskCache; 2] {
        let key = Key::from_bytes([7; 32]);
        [
            DiskCache::unencrypted(folder.join("a/plain")).unwrap(),
            DiskCache::with_key(folder.join("b/sealed"), Some(key)).unwrap(),
        ]
    }

    #[test]
    fn a_token_is_found_again_as_it_was_until_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        for cache in caches(folder.path()) {
            let slot = slot(&cache, "secret", None);
            assert!(slot.read(at(NOW)).is_none());
            slot.write(&token()).unwrap();

            let read = slot.read(at(NOW + 99)).unwrap();

            let members: Vec<_> = read.json().keys().collect();
            assert_eq!(members, ["access_token", "expires_in", "token_type", "more"]);
            assert!(members.iter().all(|name| read.json()[*name] == token().json()[*name]));
            assert_eq!((read.issued_at(), read.expires_on()), (at(NOW), at(NOW + 100)));
            assert!(slot.read(at(NOW + 100)).is_none());
            assert!(slot.read(at(NOW - 1)).is_none()); // The clock was set back.
            slot.clear();
            assert!(slot.read(at(NOW)).is_none());
        }
    }

    #[test]
    fn a_refresh_token_is_neither_kept_nor_believed_where_an_older_version_kept_it() {
        let folder = tempfile::tempdir().unwrap();
        let [cache, _] = caches(folder.path());
        let slot = slot(&cache, "secret", None);
        slot.write(&token()).unwrap();
        assert!(!fs::read_to_string(&slot.path).unwrap().contains("tok~2"));

        let older = json!({"plain": {"issued_at": NOW, "answer": token().json()}});
        fs::write(&slot.path, older.to_string()).unwrap();

        let read = slot.read(at(NOW)).unwrap();
        assert_eq!(read.access_token(), token().access_token());
        assert_eq!((read.refresh_token(), read.json().get("refresh_token")), (None, None));
    }

    #[test]
    fn another_secret_or_scope_has_another_place() {
        let folder = tempfile::tempdir().unwrap();
        let [cache, _] = caches(folder.path());
        slot(&cache, "secret", None).write(&token()).unwrap();

        assert!(slot(&cache, "other", None).read(at(NOW)).is_none());
        assert!(slot(&cache, "secret", Some("a")).read(at(NOW)).is_none());
    }

    #[test]
    fn an_encrypted_file_shows_no_token_and_is_good_in_its_place_with_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [plain, sealed] = caches(folder.path());
        let slot_of_it = slot(&sealed, "secret", None);
        slot_of_it.write(&token()).unwrap();
        let text = fs::read(&slot_of_it.path).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("tok"));

        let elsewhere = slot(&sealed, "other", None);
        fs::copy(&slot_of_it.path, &elsewhere.path).unwrap();
        assert!(elsewhere.read(at(NOW)).is_none());
        let other_key = DiskCache { key: None, ..sealed.clone() };
        assert!(slot(&other_key, "secret", None).read(at(NOW)).is_none());
        let key = Some(Arc::new(Key::from_bytes([8; 32])));
        assert!(slot(&DiskCache { key, ..sealed }, "secret", None).read(at(NOW)).is_none());
        assert!(!plain.is_encrypted());
    }

    #[test]
    fn where_files_are_encrypted_a_plain_one_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let [plain, sealed] = caches(folder.path());
        slot(&plain, "secret", None).write(&token()).unwrap();
        let keyed = DiskCache { folder: plain.folder, ..sealed };

        assert!(slot(&keyed, "secret", None).read(at(NOW)).is_none());
    }

    #[test]
    fn files_that_are_a_week_old_go_with_the_next_that_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [cache, _] = caches(folder.path());
        for (name, days, stays) in [("a.token", 8, false), ("b.token", 6, true), ("c", 8, true)] {
            let file = fs::File::create(cache.folder.join(name)).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - Duration::from_hours(days * 24)).unwrap();

            slot(&cache, "secret", None).write(&token()).unwrap();

            assert_eq!(cache.folder.join(name).exists(), stays, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_and_what_others_could_read_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        for cache in caches(folder.path()) {
            let slot = slot(&cache, "secret", None);
            slot.write(&token()).unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&cache.folder), mode(&slot.path)), (0o700, 0o600));

            fs::set_permissions(&slot.path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(slot.read(at(NOW)).is_none());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for (mode, open) in [(0o700, true), (0o755, true), (0o775, false), (0o1777, false)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

            let complaint = DiskCache::unencrypted(path).err().map(|error| error.to_string());

            let expected = "others may write to the folder; `chmod go-w` it, or choose another";
            assert_eq!(complaint.as_deref(), (!open).then_some(expected), "mode {mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_belongs_to_another_user_is_not_believed() {
        use std::os::unix::fs::chown;

        let folder = tempfile::tempdir().unwrap();
        let root = geteuid().is_root();
        // Only root can give things away, and everybody else has the folder of root.
        let other = if root { folder.path() } else { Path::new("/") };
        if root {
            let [cache, _] = caches(folder.path());
            let slot = slot(&cache, "secret", None);
            slot.write(&token()).unwrap();
            chown(&slot.path, Some(1), None).unwrap();
            assert!(slot.read(at(NOW)).is_none());
            chown(other, Some(1), None).unwrap();
        }

        let error = DiskCache::unencrypted(other).unwrap_err();

        let expected = "the folder belongs to another user; choose one of your own";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_is_no_token_is_a_miss() {
        let folder = tempfile::tempdir().unwrap();
        for cache in caches(folder.path()) {
            let slot = slot(&cache, "secret", None);
            slot.write(&token()).unwrap();
            let whole = fs::read(&slot.path).unwrap();
            for text in [&b""[..], b"{}", b"\xff", &whole[..whole.len() - 1], &whole[1..]] {
                fs::write(&slot.path, text).unwrap();

                assert!(slot.read(at(NOW)).is_none(), "given {text:?}");
            }
        }
    }
}
