//! Failed client authentications, and how every refusal of the token endpoint looks.

use super::{CREDENTIALS, must, should};
use crate::answer::Answer;
use crate::check::{
    Check, Failure, TokenPaths, Verdict, WrongSecrets, cannot_tell, require, unmet,
};
use crate::need::Need;
use crate::probe::{GRANT, Probe, TOKEN_PATH, UNKNOWN_ID, WRONG_SECRET};
use crate::request::{Request, form};
use crate::schema::{self, Schema};
use crate::target::{Credentials, User};

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.errors.no-authorization",
        "a request without Authorization, be client_id in the body or not, is refused with 401 invalid_client",
        &["2.1.5", "4.1.2", "2.3.4"],
        &[],
        |p| Box::pin(no_authorization(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.other-scheme",
        "a request with another scheme than Basic is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        |p| Box::pin(authorized_as(p, &["Digest username=\"x\"", "Negotiate eA=="])),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.basic-undecodable",
        "a Basic value that is not base64 is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        |p| Box::pin(authorized_as(p, &["Basic !!!", "Basic", "Basic ===="])),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.basic-without-colon",
        "a Basic value without a colon is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        // base64 of `nocolon`
        |p| Box::pin(authorized_as(p, &["Basic bm9jb2xvbg=="])),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.unknown-client",
        "an unknown client is refused with 401 invalid_client",
        &["4.1.2", "2.1.9"],
        &[],
        |p| Box::pin(unknown_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.wrong-secret",
        "a wrong secret is refused with 401 invalid_client, and the right one not told",
        &["4.1.2", "2.1.9"],
        CREDENTIALS,
        |p| Box::pin(wrong_secret(p)),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Shared),
    must(
        "token.errors.secret-prefix",
        "the beginning of the secret is a wrong secret",
        &["2.1.9", "4.1.2"],
        CREDENTIALS,
        |p| Box::pin(altered_secret(p, |secret| secret[..secret.len() - 1].to_owned())),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.secret-letter-case",
        "the secret in upper case is a wrong secret",
        &["2.1.9", "4.1.2"],
        CREDENTIALS,
        |p| Box::pin(altered_secret(p, str::to_uppercase)),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.secret-longer",
        "the secret with more behind it is a wrong secret, be it a space or a colon and more",
        &["2.1.4", "2.1.9", "4.1.2"],
        CREDENTIALS,
        |p| Box::pin(longer_secret(p)),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(2)),
    must(
        "token.errors.secret-empty",
        "an empty secret is a wrong secret",
        &["2.1.9", "4.1.2"],
        CREDENTIALS,
        |p| Box::pin(altered_secret(p, |_| String::new())),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.secret-of-another",
        "the secret of another client is a wrong secret, and so is the client's own ID",
        &["2.1.9", "4.1.2"],
        CREDENTIALS,
        |p| Box::pin(secret_of_another(p)),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.credentials-utf8",
        "credentials beyond ASCII are refused with 401 invalid_client, as UTF-8 and as Latin-1",
        &["2.1.5", "4.1.2"],
        &[],
        // base64 of `clé:été`, in both
        |p| Box::pin(authorized_as(p, &["Basic Y2zDqTrDqXTDqQ==", "Basic Y2zpOul06Q=="])),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.disabled-client",
        "a disabled client is refused with 401 invalid_client, with a user's password, too",
        &["4.4.1"],
        &[Need::DisabledClient],
        |p| Box::pin(disabled_client(p)),
    )
    .at(TokenPaths::Each),
    should(
        "token.errors.same-answer",
        "an unknown client and a wrong secret get the same bytes, so that nobody can tell them apart",
        &["4.4.3"],
        CREDENTIALS,
        |p| Box::pin(same_answer(p)),
    )
    .of_gatepass()
    .spending(WrongSecrets::Shared),
    should(
        "token.errors.secret-in-body",
        "a client registered for Basic is refused with 401 invalid_client if its secret is in the body",
        &["2.3.4"],
        CREDENTIALS,
        |p| Box::pin(secret_in_body(p)),
    )
    .at(TokenPaths::Each)
    .of_gatepass()
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.two-methods",
        "a secret in Authorization and one in the body, too, are refused, though both are right",
        &["RFC 6749 2.3", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(two_methods(p)),
    )
    .at(TokenPaths::Each)
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.invalid-client-members",
        "invalid_client comes with domain `Access` and reason `InvalidClient`",
        &["4.1.2"],
        &[],
        |p| Box::pin(invalid_client_members(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.challenge",
        "a 401 to a request that tried Basic has WWW-Authenticate: Basic",
        &["4.1.3", "RFC 9110 11.6.1"],
        &[],
        |p| Box::pin(challenge(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.content-type",
        "a token error is served as application/json; charset=utf-8",
        &["3.2.1", "4.1.1"],
        &[],
        |p| Box::pin(content_type(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.one-line",
        "a token error is one line without a line feed at its end",
        &["3.2.3"],
        &[],
        |p| Box::pin(one_line(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.description",
        "error_description has only the characters that RFC 6749 5.2 allows, whatever was sent",
        &["4.1.5"],
        CREDENTIALS,
        |p| Box::pin(description(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.secret-not-echoed",
        "no refusal repeats the secret that was sent",
        &["4.1.5"],
        CREDENTIALS,
        |p| Box::pin(secret_not_echoed(p)),
    )
    .at(TokenPaths::Each),
];

fn invalid_client(answer: &Answer) -> Verdict {
    answer.token_error(401, "invalid_client")
}

async fn no_authorization(probe: &mut Probe) -> Verdict {
    invalid_client(&probe.send(probe.token_request(TOKEN_PATH)).await?)?;
    // That fails in the name of a client, which counts as a wrong secret does.
    if probe.session().changes_are_forbidden() || probe.credentials().is_err() {
        return Ok(());
    }
    let client = probe.client_to_refuse().await?;
    let alone = form(&[("grant_type", "client_credentials"), ("client_id", &client.client_id)]);
    let answer = probe.send(probe.post(TOKEN_PATH).form(&alone)).await?;
    probe.refuses_client(&answer).map_err(|failure| failure.of("client_id alone"))
}

async fn authorized_as(probe: &mut Probe, values: &[&str]) -> Verdict {
    for value in values {
        let request = probe.token_request(TOKEN_PATH).header("authorization", *value);
        let answer = probe.send(request).await?;
        // Whether what can't be read is a failed authentication or a malformed request is open.
        let is_malformed = answer.token_error(400, "invalid_request").is_ok();
        if !is_malformed || probe.session().is_gatepass() {
            invalid_client(&answer).map_err(|failure| failure.of(value))?;
        }
    }
    Ok(())
}

fn unknown(probe: &Probe) -> Request {
    probe.token_request(TOKEN_PATH).basic(UNKNOWN_ID, WRONG_SECRET)
}

async fn unknown_client(probe: &mut Probe) -> Verdict {
    invalid_client(&probe.send(unknown(probe)).await?)
}

async fn wrong_secret(probe: &mut Probe) -> Verdict {
    let answer = probe.wrong_secret().await?;
    invalid_client(&answer)?;
    answer.does_not_tell(&probe.credentials()?.client_secret, "the right secret")?;
    if probe.session().changes_are_forbidden() {
        return Ok(());
    }
    let made = probe.made_client().await?;
    refuses_secret(probe, &made.client_id, WRONG_SECRET).await
}

/// A letter of the secret must be there to be altered: secrets have hexadecimal digits.
async fn altered_secret(probe: &mut Probe, alter: fn(&str) -> String) -> Verdict {
    let client = probe.client_to_refuse().await?;
    let secret = alter(&client.client_secret);
    if secret == client.client_secret {
        return cannot_tell("the secret has no letter to write in upper case");
    }
    refuses_secret(probe, &client.client_id, &secret).await
}

async fn refuses_secret(probe: &mut Probe, client_id: &str, secret: &str) -> Verdict {
    let request = probe.token_request(TOKEN_PATH).basic(client_id, secret);
    invalid_client(&probe.send(request).await?)
}

async fn longer_secret(probe: &mut Probe) -> Verdict {
    let client = probe.client_to_refuse().await?;
    // A space goes where a server trims what it reads.
    for more in [" ", ":0"] {
        let secret = format!("{}{more}", client.client_secret);
        refuses_secret(probe, &client.client_id, &secret).await?;
    }
    Ok(())
}

async fn secret_of_another(probe: &mut Probe) -> Verdict {
    let client = probe.client_to_refuse().await?;
    let own = probe.credentials()?;
    if client != own {
        // One made for it may be refused once more.
        refuses_secret(probe, &client.client_id, &client.client_id).await?;
    }
    let another =
        if client == own { probe.session().target.post_client.clone() } else { Some(own) };
    let Some(another) = another else {
        return cannot_tell("needs the secret of a second API client");
    };
    refuses_secret(probe, &client.client_id, &another.client_secret).await
}

async fn disabled_client(probe: &mut Probe) -> Verdict {
    let client = probe.disabled_client().await?;
    let request = probe.token_request(TOKEN_PATH);
    let answer = probe.send(request.basic(&client.client_id, &client.client_secret)).await?;
    probe.refuses_client(&answer)?;
    let Ok(User { login, password }) = probe.user() else { return Ok(()) };
    let body = form(&[("grant_type", "password"), ("username", &login), ("password", &password)]);
    let request = probe.post(TOKEN_PATH).basic(&client.client_id, &client.client_secret);
    let answer = probe.send(request.form(&body)).await?;
    probe.refuses_client(&answer).map_err(|failure| failure.of("the password grant"))
}

async fn same_answer(probe: &mut Probe) -> Verdict {
    let wrong = probe.wrong_secret().await?;
    let unknown = probe.send(unknown(probe)).await?;
    require(wrong.status == unknown.status && wrong.body == unknown.body, || {
        format!(
            "got {} for a wrong secret and {} for an unknown client",
            told(&wrong),
            told(&unknown)
        )
    })
}

fn told(answer: &Answer) -> String {
    format!("{} with {} bytes", answer.status, answer.body.len())
}

/// The body of a client that authenticates there.
fn with_secret(client: &Credentials) -> String {
    form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", &client.client_secret),
    ])
}

async fn secret_in_body(probe: &mut Probe) -> Verdict {
    // The right secret in the wrong place is a failed authentication as well.
    let client = probe.client_to_refuse().await?;
    let request = probe.post(TOKEN_PATH).form(&with_secret(&client));
    invalid_client(&probe.send(request).await?)
}

async fn two_methods(probe: &mut Probe) -> Verdict {
    let client = probe.client_to_refuse().await?;
    let request = probe.post(TOKEN_PATH).basic(&client.client_id, &client.client_secret);
    let answer = probe.send(request.form(&with_secret(&client))).await?;
    // To a client that is registered for one of the two, the other is the wrong one.
    let is_unauthenticated = answer.token_error(401, "invalid_client").is_ok();
    if is_unauthenticated && !probe.session().is_gatepass() {
        return Ok(());
    }
    answer.token_error(400, "invalid_request")
}

async fn invalid_client_members(probe: &mut Probe) -> Verdict {
    let answer = probe.send(unknown(probe)).await?;
    schema::judge(Schema::InvalidClient, &answer.json()?)
}

async fn challenge(probe: &mut Probe) -> Verdict {
    let answer = probe.send(unknown(probe)).await?;
    answer.status(401)?;
    answer.challenge("basic")
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = refused(probe, unknown(probe)).await?;
    answer.json_content_type()
}

async fn one_line(probe: &mut Probe) -> Verdict {
    let answer = refused(probe, unknown(probe)).await?;
    answer.one_line()
}

async fn refused(probe: &mut Probe, request: Request) -> Result<Answer, Failure> {
    let answer = probe.send(request).await?;
    if (400..500).contains(&answer.status) {
        return Ok(answer);
    }
    unmet(format!("got {} where a refusal was due", answer.status))
}

async fn description(probe: &mut Probe) -> Verdict {
    for grant in ["%22quoted%22", "back%5Cslash", "%C3%A9t%C3%A9", "line%0Abreak", ""] {
        let request = probe.authenticated()?.form(&format!("grant_type={grant}"));
        let answer = refused(probe, request).await?;
        schema::judge(Schema::TokenError, &answer.json()?)?;
    }
    Ok(())
}

async fn secret_not_echoed(probe: &mut Probe) -> Verdict {
    let client = probe.credentials()?;
    let body = url::form_urlencoded::Serializer::new("grant_type=magic".to_owned())
        .append_pair("client_secret", &client.client_secret)
        .finish();
    let requests = [
        probe.authenticated()?.form("grant_type=magic"),
        probe.authenticated()?.header("content-type", "text/plain").body(GRANT),
        probe.authenticated()?.form(&body),
    ];
    for request in requests {
        let answer = refused(probe, request).await?;
        answer.does_not_tell(&client.client_secret, "the secret")?;
    }
    Ok(())
}
