//! Codes of a second factor (RFC 6238).

use std::fmt;

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::BASE32_NOPAD;
use gatepass_protocol::{EpochSeconds, Secret};
use serde::Deserialize;

/// A code is good for so long (RFC 6238 section 5.2).
const STEP_S: i64 = 30;
/// The code of the step before and of the one after are good too, for clocks differ.
const STEPS: [i64; 3] = [0, -1, 1];
/// A code has six digits (RFC 4226 section 5.3).
const CODES: u32 = 1_000_000;

/// The secret that a user shares with an authenticator app.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Secret")]
pub(crate) struct TotpSecret(Vec<u8>);

/// The text is not Base32 (RFC 4648 section 6). The text is not in the message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of a second factor is not Base32 text, letters and digits from 2 to 7")]
pub(crate) struct NotBase32;

impl TotpSecret {
    /// Whether the code is one of this moment.
    pub(crate) fn accepts(&self, code: &Secret, now: EpochSeconds) -> bool {
        let step = now.seconds().div_euclid(STEP_S);
        STEPS.iter().any(|offset| self.code(step + offset) == *code)
    }

    /// RFC 4226 section 5.3, with the number of the step as the counter.
    fn code(&self, step: i64) -> Secret {
        let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let digest = hmac::sign(&key, &step.to_be_bytes());
        let digest = digest.as_ref();
        let offset = usize::from(digest[digest.len() - 1] & 0xf);
        let mut chosen = [0; 4];
        chosen.copy_from_slice(&digest[offset..offset + 4]);
        let number = u32::from_be_bytes(chosen) & 0x7fff_ffff;
        Secret::from(format!("{:06}", number % CODES))
    }
}

impl TryFrom<Secret> for TotpSecret {
    type Error = NotBase32;

    /// Reads Base32 as apps show it: in either case, with spaces and padding or without.
    fn try_from(text: Secret) -> Result<Self, NotBase32> {
        let text = text.reveal().replace(' ', "").to_ascii_uppercase();
        let bytes = BASE32_NOPAD.decode(text.trim_end_matches('=').as_bytes());
        bytes.ok().filter(|bytes| !bytes.is_empty()).map(Self).ok_or(NotBase32)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238 appendix B.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn secret(text: &str) -> Result<TotpSecret, NotBase32> {
        Secret::from(text).try_into()
    }

    fn accepts(code: &str, second: i64) -> bool {
        let now = EpochSeconds::try_from(second).unwrap();
        secret(SECRET).unwrap().accepts(&Secret::from(code), now)
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert!(accepts(code, second), "{code} at {second}");
        }
    }

    #[test]
    fn a_code_is_good_in_its_half_minute_and_those_beside_it() {
        for (second, good) in [(-1, false), (0, true), (30, true), (89, true), (90, false)] {
            assert_eq!(accepts("287082", second), good, "at {second}");
        }
    }

    #[test]
    fn no_other_text_is_a_code() {
        for code in ["", "287083", "94287082", " 287082", "28708２"] {
            assert!(!accepts(code, 59), "given {code}");
        }
    }

    #[test]
    fn a_secret_is_base32_in_any_dress() {
        for (given, good) in [
            (SECRET, true),
            ("gezd gnbv gy3t qojq", true),
            ("MFRGG===", true),
            ("", false),
            ("=", false),
            ("0189", false),
        ] {
            assert_eq!(secret(given).is_ok(), good, "given {given}");
        }
    }
}
