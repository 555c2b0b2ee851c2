//! What holds for the tokens of every answer, whichever grant brought it.

use serde_json::Value;

use super::jwt::{has_members_in_order, is_issued_with, is_verified_by_its_key_alone};
use super::token_response::{LIFE_S, TOLERANCE_S};
use crate::answer::{Answer, told_value};
use crate::check::{Failure, Verdict, require};
use crate::jwt::Jwt;
use crate::probe::Probe;
use crate::schema::{self, Schema};

/// Statements of a check, and those that [`judge`] judges for it.
macro_rules! and_of_tokens {
    ($($own:literal),+) => {
        &[
            $($own,)+
            "3.1.1", "3.1.2", "3.1.3", "3.2.1", "3.2.2", "3.2.3", "3.3.1", "3.3.3", "3.4.1", "3.4.2",
            "3.4.3", "3.4.4", "3.5.1", "3.6.1", "3.6.2",
        ]
    };
}
pub(super) use and_of_tokens;

/// How long the tokens of a grant live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    TwoHours,
    /// What is made of another token, just before, need not outlive it.
    OfAnother,
}

/// Judges an answer with tokens, and both of them; gives its body.
pub(super) async fn judge(
    probe: &mut Probe,
    answer: &Answer,
    life: Life,
) -> Result<Value, Failure> {
    let body = answer.token_answer()?;
    let [access, id] = ["access_token", "id_token"]
        .map(|name| Jwt::read(body[name].as_str().unwrap_or_default()).map_err(|f| f.of(name)));
    let (access, id) = (access?, id?);
    // Without keys nobody can tell; that they are there is for other checks to judge.
    let keys = probe.keys().await.unwrap_or_default();
    let tokens =
        [("access_token", &access, Schema::AccessClaims), ("id_token", &id, Schema::IdClaims)];
    for (name, token, claims) in tokens {
        is_well_made(token, claims, answer, &keys).map_err(|failure| failure.of(name))?;
    }
    require(access.kid()? != id.kid()?, || "both tokens name one key".to_owned())?;
    for name in ["sub", "iss"] {
        require(access.claims[name] == id.claims[name], || {
            format!("`{name}` of the ID token is {}", told_value(&id.claims[name]))
        })?;
    }
    let client = &access.claims["client_id"];
    let audience = &id.claims["aud"];
    let is_named = audience.as_array().is_some_and(|list| list.contains(client));
    require(audience == client || is_named, || {
        format!("`aud` of the ID token is {}", told_value(audience))
    })?;
    lives(&access, &body, life)?;
    Ok(body)
}

fn is_well_made(token: &Jwt<'_>, claims: Schema, answer: &Answer, keys: &[Value]) -> Verdict {
    has_members_in_order(token)?;
    schema::judge(claims, &token.claims)?;
    is_issued_with(token, answer)?;
    if keys.is_empty() { Ok(()) } else { is_verified_by_its_key_alone(token, keys) }
}

fn lives(access: &Jwt<'_>, body: &Value, life: Life) -> Verdict {
    let exp = access.seconds("exp")?;
    let given = exp.saturating_sub(access.seconds("iat")?);
    let of_another = LIFE_S - TOLERANCE_S..LIFE_S;
    let is_so = given == LIFE_S || life == Life::OfAnother && of_another.contains(&given);
    require(is_so, || format!("the access token lives for {given} s"))?;
    if let Some(expires_on) = body.get("expires_on") {
        require(*expires_on == exp, || {
            format!("`expires_on` is {}, `exp` {exp}", told_value(expires_on))
        })?;
    }
    match body.get("expires_in").map(|seconds| seconds.as_i64().unwrap_or_default()) {
        Some(seconds) => require((given - seconds).abs() <= TOLERANCE_S, || {
            format!("`expires_in` is {seconds}, and the access token lives for {given} s")
        }),
        None => Ok(()),
    }
}
