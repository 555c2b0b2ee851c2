//! The key of the files, and the keyring that keeps it.

use std::{fmt, sync::Arc};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

const SERVICE: &str = "gatepass-client";
const USER: &str = "token-cache";
const LENGTH: usize = 32;

/// A key for AES-256-GCM with random nonces.
pub(super) struct Key(RandomizedNonceKey);

impl Key {
    /// The key in the keyring of the system, made if it is not there yet; `None` where there is no
    /// keyring.
    pub(super) fn of_the_system() -> Option<Self> {
        // The Linux kernel gives a process without a session keyring one when it is first looked
        // for, and only the next look finds it.
        (0..2).find_map(|_| Self::in_store(&system_store()?))
    }

    fn in_store(store: &Arc<CredentialStore>) -> Option<Self> {
        let entry = Entry::new_in_store(store, SERVICE, USER).ok()?;
        match entry.get_secret().map(Zeroizing::new) {
            Ok(bytes) if bytes.len() == LENGTH => return Self::new(&bytes),
            // Another program's, or half of one: it is replaced.
            Ok(_) | Err(Error::NoEntry) => {}
            Err(_) => return None,
        }
        let fresh: Zeroizing<[u8; LENGTH]> = Zeroizing::new(rand::random());
        entry.set_secret(&*fresh).ok()?;
        // Another process may have been quicker, and what the keyring has counts.
        Self::new(&Zeroizing::new(entry.get_secret().ok()?))
    }

    fn new(bytes: &[u8]) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).ok().map(Self)
    }

    #[cfg(test)]
    pub(super) fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self::new(&bytes).unwrap()
    }

    /// Nonce, encrypted text and tag; `place` has to be the same when it is opened.
    pub(super) fn seal(&self, text: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = text.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(place), &mut sealed).ok()?;
        Some([&nonce.as_ref()[..], &sealed].concat())
    }

    pub(super) fn open(&self, mut sealed: Vec<u8>, place: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = self.0.open_in_place(nonce, Aad::from(place), text).ok()?;
        Some(Zeroizing::new(text.to_vec()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(target_os = "linux")]
fn system_store() -> Option<Arc<CredentialStore>> {
    let store = linux_keyutils_keyring_store::Store::new().ok()?;
    Some(store)
}

#[cfg(target_os = "macos")]
fn system_store() -> Option<Arc<CredentialStore>> {
    let store = apple_native_keyring_store::keychain::Store::new().ok()?;
    Some(store)
}

#[cfg(windows)]
fn system_store() -> Option<Arc<CredentialStore>> {
    let store = windows_native_keyring_store::Store::new().ok()?;
    Some(store)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system_store() -> Option<Arc<CredentialStore>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_found_again() {
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();

        let first = Key::in_store(&store).unwrap();
        let second = Key::in_store(&store).unwrap();

        let sealed = first.seal(b"text", b"place").unwrap();
        assert_eq!(*second.open(sealed, b"place").unwrap(), b"text");
    }

    #[test]
    fn a_key_of_another_length_is_replaced() {
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        Entry::new_in_store(&store, SERVICE, USER).unwrap().set_secret(b"short").unwrap();

        assert!(Key::in_store(&store).is_some());
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same() {
        let key = Key::from_bytes([7; LENGTH]);

        assert_ne!(key.seal(b"text", b"place"), key.seal(b"text", b"place"));
    }
}
