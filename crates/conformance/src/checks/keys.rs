//! The published keys.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{must, should};
use crate::answer::brief;
use crate::check::{Check, Verdict, require, unmet};
use crate::probe::{Probe, key_list};
use crate::schema::{self, Schema};

/// Members that only the owner of a key may have (RFC 7518 6.3.2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

pub(super) const CHECKS: &[Check] = &[
    must(
        "keys.members",
        "each key is RSA for RS256 signatures, of 2048 bits or more, and has a UUID as kid",
        &["6.4.1", "3.4.1"],
        &[],
        |p| Box::pin(members(p)),
    ),
    must("keys.public-only", "no key shows a private part", &["6.4.2"], &[], |p| {
        Box::pin(public_only(p))
    }),
    must(
        "keys.content-type",
        "the key set is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        &[],
        |p| Box::pin(content_type(p)),
    ),
    must(
        "keys.two",
        "there are at least two keys, each under its own kid: access and ID tokens differ in theirs",
        &["3.4.3", "6.4.1"],
        &[],
        |p| Box::pin(two(p)),
    ),
    should(
        "keys.aliases",
        "/idp/keys and /api/idp/v1/keys publish the same keys",
        &["1.4.3"],
        &[],
        |p| Box::pin(aliases(p)),
    )
    .of_gatepass(),
];

async fn members(probe: &mut Probe) -> Verdict {
    let keys = key_list(&probe.keys_answer().await?)?;
    schema::judge(Schema::Keys, &Value::from(keys.clone()))?;
    for key in keys {
        let modulus = key["n"].as_str().unwrap_or_default();
        let kid = || brief(&key["kid"].to_string());
        is_modulus(modulus).map_err(|failure| failure.of(&format!("`n` of the key {}", kid())))?;
    }
    Ok(())
}

/// An odd number without a zero byte before it, as base64url (RFC 7518 6.3.1.1).
fn is_modulus(text: &str) -> Verdict {
    let is_hex = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    require(!is_hex, || "it is in hexadecimal digits".to_owned())?;
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return unmet("it is not base64url") };
    require(bytes.first() != Some(&0), || "it begins with a zero byte".to_owned())?;
    require(bytes.last().is_some_and(|last| last % 2 == 1), || "it is even".to_owned())
}

async fn public_only(probe: &mut Probe) -> Verdict {
    for key in probe.keys().await? {
        let bared = PRIVATE.iter().find(|part| key.get(**part).is_some());
        require(bared.is_none(), || {
            let part = bared.copied().unwrap_or_default();
            format!("the key {} shows `{part}`", brief(&key["kid"].to_string()))
        })?;
    }
    Ok(())
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = probe.keys_answer().await?;
    answer.status(200)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn two(probe: &mut Probe) -> Verdict {
    let keys = probe.keys().await?;
    let kids = by_kid(&keys);
    require(kids.len() >= 2 && kids.len() == keys.len(), || {
        format!("got {} keys under {} names", keys.len(), kids.len())
    })?;
    let moduli: BTreeSet<String> = kids.values().map(ToString::to_string).collect();
    require(moduli.len() == keys.len(), || "one key is there under two names".to_owned())
}

async fn aliases(probe: &mut Probe) -> Verdict {
    let short = probe.send(probe.get("/idp/keys")).await?;
    let long = probe.send(probe.get("/api/idp/v1/keys")).await?;
    let (short, long) = (key_list(&short)?, key_list(&long)?);
    require(by_kid(&short) == by_kid(&long), || "the two answers differ".to_owned())
}

fn by_kid(keys: &[Value]) -> BTreeMap<String, &Value> {
    keys.iter().map(|key| (key["kid"].to_string(), &key["n"])).collect()
}
