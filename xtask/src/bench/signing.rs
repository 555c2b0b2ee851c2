//! What a token answer can't do without: two RSA-2048 signatures, by the library that the server uses.

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustix::time::{ClockId, clock_gettime};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;

use crate::{Outcome, workspace};

/// The two tokens of one answer, ready to be signed again.
pub(crate) struct Signing {
    access_token: Signature,
    id_token: Signature,
}

struct Signature {
    key: RsaKeyPair,
    message: String,
}

impl Signing {
    /// Signs with the fixture keys what the server signed in this answer.
    pub(crate) fn of(answer: &[u8]) -> Outcome<Self> {
        let answer: Value = serde_json::from_slice(answer)?;
        Ok(Self {
            access_token: Signature::of(&answer, "access_token", "fixtures/keys/access-token.pem")?,
            id_token: Signature::of(&answer, "id_token", "fixtures/keys/id-token.pem")?,
        })
    }

    /// CPU time of this thread for making both signatures so many times.
    pub(crate) fn cpu_time(&self, times: u32) -> Outcome<Duration> {
        let before = thread_cpu_time();
        for _ in 0..times {
            black_box(self.access_token.make()?);
            black_box(self.id_token.make()?);
        }
        Ok(thread_cpu_time().saturating_sub(before))
    }
}

impl Signature {
    fn of(answer: &Value, token: &str, key_file: &str) -> Outcome<Self> {
        let pem = fs::read(workspace::path(key_file))?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem)
            .map_err(|error| format!("{key_file}: {error}"))?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
            .map_err(|error| format!("{key_file}: {error}"))?;
        let message = answer[token]
            .as_str()
            .and_then(|token| token.rsplit_once('.'))
            .map(|(message, _signature)| message.to_owned())
            .ok_or_else(|| format!("the answer has no `{token}` that is signed"))?;
        Ok(Self { key, message })
    }

    fn make(&self) -> Outcome<Vec<u8>> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), self.message.as_bytes(), &mut signature)
            .map_err(|_| "the library could not sign")?;
        Ok(signature)
    }
}

fn thread_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("CPU time is not negative")
}
