//! The password grant, for users.

use super::issued::{self, Life, and_of_tokens};
use super::must;
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, TokenPaths, Verdict, require};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{Probe, TOKEN_PATH, WRONG_SECRET, own_tenant};
use crate::request::form;
use crate::schema::{self, Schema};
use crate::target::User;

const HERE: &[Need] = &[Need::Credentials, Need::User];
/// A wrong password may lock a user out.
const CHANGES: &[Need] = &[Need::Credentials, Need::User, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "password.grant",
        "username and password bring a whole answer, whole tokens, and no refresh token unasked",
        and_of_tokens!("2.8.1", "2.6.1"),
        HERE,
        |p| Box::pin(grant(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.claims",
        "the token is the user's: sub is the user, uid is there, client_id the caller's client",
        &["2.8.1", "3.5.3", "3.5.1", "3.5.4"],
        HERE,
        |p| Box::pin(claims(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.wrong",
        "a wrong password, be it but a letter, or an unknown user is an invalid grant or a denied access",
        &["2.8.2"],
        CHANGES,
        |p| Box::pin(wrong(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.wrong-secret",
        "a user's right password does not stand for the secret of the client: 401 invalid_client",
        &["2.8.1", "2.1.9", "4.1.2"],
        CHANGES,
        |p| Box::pin(wrong_secret(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.unknown-user",
        "a user that nobody knows is refused in the same words as a wrong password",
        &["2.8.2", "4.4.3"],
        CHANGES,
        |p| Box::pin(unknown_user(p)),
    )
    .of_gatepass(),
    must(
        "password.missing",
        "a request without username or password, or with two, is refused with 400 invalid_request",
        &["2.8.1", "4.1.4"],
        HERE,
        |p| Box::pin(missing(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.totp-required",
        "a user with two-factor login is asked for a code: totp_required",
        &["2.8.3"],
        &[Need::Credentials, Need::TwoFactorUser],
        |p| Box::pin(totp_required(p)),
    )
    .at(TokenPaths::Each),
    must(
        "password.totp-wrong",
        "a wrong code is refused: invalid_totp",
        &["2.8.3"],
        &[Need::Credentials, Need::TwoFactorUser, Need::Changes],
        |p| Box::pin(totp_wrong(p)),
    ),
];

async fn sign_in(
    probe: &mut Probe,
    login: &str,
    password: &str,
    code: Option<&str>,
) -> Result<Answer, Failure> {
    let mut pairs = vec![("grant_type", "password"), ("username", login), ("password", password)];
    pairs.extend(code.map(|code| ("totp_code", code)));
    let request = probe.authenticated()?.form(&form(&pairs));
    probe.send(request).await
}

fn is_refused_as(answer: &Answer, errors: &[&str]) -> Verdict {
    require(matches!(answer.status, 400 | 401 | 403), || format!("got {}", answer.status))?;
    let body = answer.json()?;
    schema::judge(Schema::TokenError, &body)?;
    let error = body["error"].as_str().unwrap_or_default();
    require(errors.contains(&error), || format!("got the error {}", told_value(&body["error"])))
}

async fn grant(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    let answer = sign_in(probe, &login, &password, None).await?;
    issued::judge(probe, &answer, Life::TwoHours).await?;
    let refresh = &answer.json()?["refresh_token"];
    require(refresh.is_null(), || "there is a `refresh_token`, and none was asked for".to_owned())
}

async fn claims(probe: &mut Probe) -> Verdict {
    let token = probe.user_token().await?;
    let claims = Jwt::read(&token)?.claims;
    let own = probe.credentials()?.client_id;
    require(claims["client_id"] == *own, || {
        format!("`client_id` is {}", told_value(&claims["client_id"]))
    })?;
    require(claims["sub"].is_string() && claims["sub"] != *own, || {
        format!("`sub` is {}", told_value(&claims["sub"]))
    })?;
    let owner = own_tenant(&probe.tokens().await?.access);
    require(owner.is_none_or(|owner| claims["owner_tuid"] == *owner), || {
        format!("`owner_tuid` is {}", told_value(&claims["owner_tuid"]))
    })?;
    require(claims["uid"].is_string(), || format!("`uid` is {}", told_value(&claims["uid"])))
}

async fn wrong(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    let other_case: String = password.chars().map(in_the_other_case).collect();
    for wrong in [other_case, beginning(&password), format!("{password}0")] {
        if wrong == password {
            continue;
        }
        let answer = sign_in(probe, &login, &wrong, None).await?;
        is_refused_as(&answer, &["invalid_grant", "access_denied"])?;
        // So that no count of failures locks the user out.
        sign_in(probe, &login, &password, None).await?.status(200)?;
    }
    let answer = sign_in(probe, "nobody@example.invalid", &password, None).await?;
    is_refused_as(&answer, &["invalid_grant", "access_denied"])
        .map_err(|failure| failure.of("a user that nobody knows"))
}

async fn wrong_secret(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    let client = probe.made_client().await?;
    let body = form(&[("grant_type", "password"), ("username", &login), ("password", &password)]);
    let request = probe.post(TOKEN_PATH).basic(&client.client_id, WRONG_SECRET).form(&body);
    probe.send(request).await?.token_error(401, "invalid_client")
}

/// All but the last letter.
pub(super) fn beginning(text: &str) -> String {
    let mut letters = text.chars();
    letters.next_back();
    letters.collect()
}

fn in_the_other_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

async fn unknown_user(probe: &mut Probe) -> Verdict {
    let User { login, .. } = probe.user()?;
    let wrong = sign_in(probe, &login, "not-the-password", None).await?;
    let unknown = sign_in(probe, "nobody@example.invalid", "not-the-password", None).await?;
    require(wrong.status == unknown.status && wrong.body == unknown.body, || {
        format!("got {} for a wrong password, {} for nobody", wrong.status, unknown.status)
    })
}

async fn missing(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    for (name, value) in [("username", &login), ("password", &password)] {
        let body = form(&[("grant_type", "password"), (name, value)]);
        let request = probe.authenticated()?.form(&body);
        let answer = probe.send(request).await?;
        answer.token_error(400, "invalid_request").map_err(|failure| failure.of(name))?;
    }
    let once = [("grant_type", "password"), ("username", &*login), ("password", &*password)];
    let twice = [&once[..], &once[2..]].concat();
    let answer = probe.send(probe.authenticated()?.form(&form(&twice))).await?;
    answer.token_error(400, "invalid_request").map_err(|failure| failure.of("two passwords"))
}

async fn totp_required(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.two_factor_user()?;
    let answer = sign_in(probe, &login, &password, None).await?;
    is_refused_as(&answer, &["totp_required"])
}

async fn totp_wrong(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.two_factor_user()?;
    // Six digits may be the right ones, once in a million.
    for code in ["no-code", "abcdef", "000000"] {
        let answer = sign_in(probe, &login, &password, Some(code)).await?;
        is_refused_as(&answer, &["invalid_totp"]).map_err(|failure| failure.of(code))?;
    }
    Ok(())
}
