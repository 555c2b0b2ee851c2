//! `cargo xtask keys`: the public test signing keys.

use std::fs;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Outcome, say, workspace};

/// How to make the keys.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Replace keys that exist: every token signed with them becomes invalid
    #[arg(long)]
    force: bool,
}

/// Writes an RSA-2048 key pair, PKCS#8 in PEM, to each file of [`NAMES`].
pub(crate) fn make(arguments: &Arguments) -> Outcome {
    let directory = workspace::path(DIRECTORY);
    if !arguments.force {
        refuse_to_overwrite(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    for name in NAMES {
        fs::write(directory.join(name), generate()?)?;
        say::line(format_args!("made {DIRECTORY}/{name}"));
    }
    Ok(())
}

fn refuse_to_overwrite(directory: &Path) -> Outcome {
    match NAMES.iter().find(|name| directory.join(name).exists()) {
        Some(name) => {
            Err(format!("{DIRECTORY}/{name} exists\nhint: `--force` replaces all keys").into())
        }
        None => Ok(()),
    }
}

fn generate() -> Outcome<String> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)
        .map_err(|_| "the library could not generate an RSA key")?;
    let der: Pkcs8V1Der<'_> =
        pair.as_der().map_err(|_| "the library could not encode the RSA key")?;
    Ok(pem(der.as_ref()))
}

/// PEM parsers ignore what stands before `BEGIN`, so the warning travels with the key.
fn pem(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("{WARNING}\n-----BEGIN PRIVATE KEY-----\n");
    for start in (0..body.len()).step_by(PEM_LINE) {
        text.push_str(&body[start..body.len().min(start + PEM_LINE)]);
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}

const DIRECTORY: &str = "fixtures/keys";
const NAMES: [&str; 4] =
    ["access-token.pem", "id-token.pem", "next-access-token.pem", "next-id-token.pem"];
const WARNING: &str =
    "Public test key of Gatepass: it signs nothing of value. Made by `cargo xtask keys`.";
/// Characters in a line of PEM (RFC 7468 2).
const PEM_LINE: usize = 64;

#[cfg(test)]
mod tests {
    use rustls_pki_types::PrivatePkcs8KeyDer;
    use rustls_pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn a_generated_key_is_read_back_despite_the_warning_before_it() {
        let text = generate().unwrap();

        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).unwrap();

        assert!(text.starts_with(WARNING));
        assert_eq!(
            RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap().public_modulus_len(),
            256
        );
    }

    #[test]
    fn every_key_of_the_repository_can_sign() {
        for name in NAMES {
            let text = fs::read(workspace::path(DIRECTORY).join(name)).unwrap();
            let der = PrivatePkcs8KeyDer::from_pem_slice(&text).unwrap();
            assert!(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).is_ok(), "{name}");
        }
    }
}
