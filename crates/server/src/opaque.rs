//! Cursors as callers see them: opaque, and noticed when they were changed on the way.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// A value as base64url without padding, so unreserved characters only (CONTRACT 8.1), of a
/// checksum and JSON. The checksum is no secret: it tells a copy that went wrong from a whole one.
pub(crate) fn seal(value: &impl Serialize) -> String {
    let json = serde_json::to_vec(value).expect("cursors are texts, numbers and lists of them");
    let mut bytes = checksum(&json).to_be_bytes().to_vec();
    bytes.extend(json);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The value of a text that [`seal`] gave out; `None` where it is another, be it by a character.
pub(crate) fn open<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sum, json) = bytes.split_first_chunk()?;
    (u64::from_be_bytes(*sum) == checksum(json)).then(|| serde_json::from_slice(json).ok())?
}

/// FNV-1a, 64 bits.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
