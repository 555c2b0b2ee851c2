//! Failed client authentications, and how every refusal of the token endpoint looks.

use super::{CREDENTIALS, must, should};
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, WrongSecrets, require, unmet};
use crate::need::Need;
use crate::probe::{GRANT, Probe, TOKEN_PATH, UNKNOWN_ID, WRONG_SECRET};
use crate::request::Request;
use crate::schema::{self, Schema};

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.errors.no-authorization",
        "a request without Authorization is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        |p| Box::pin(authorized_as(p, None)),
    ),
    must(
        "token.errors.other-scheme",
        "a request with another scheme than Basic is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        |p| Box::pin(authorized_as(p, Some("Digest username=\"x\""))),
    ),
    must(
        "token.errors.basic-undecodable",
        "a Basic value that is not base64 is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        |p| Box::pin(authorized_as(p, Some("Basic !!!"))),
    ),
    must(
        "token.errors.basic-without-colon",
        "a Basic value without a colon is refused with 401 invalid_client",
        &["2.1.5", "4.1.2"],
        &[],
        // base64 of `nocolon`
        |p| Box::pin(authorized_as(p, Some("Basic bm9jb2xvbg=="))),
    ),
    must(
        "token.errors.unknown-client",
        "an unknown client is refused with 401 invalid_client",
        &["4.1.2", "2.1.9"],
        &[],
        |p| Box::pin(unknown_client(p)),
    ),
    must(
        "token.errors.wrong-secret",
        "a wrong secret is refused with 401 invalid_client",
        &["4.1.2", "2.1.9"],
        CREDENTIALS,
        |p| Box::pin(wrong_secret(p)),
    )
    .spending(WrongSecrets::Shared),
    must(
        "token.errors.disabled-client",
        "a disabled client is refused with 401 invalid_client",
        &["4.4.1"],
        &[Need::DisabledClient],
        |p| Box::pin(disabled_client(p)),
    ),
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
    .of_gatepass()
    .spending(WrongSecrets::Own(1)),
    must(
        "token.errors.invalid-client-members",
        "invalid_client comes with domain `Access` and reason `InvalidClient`",
        &["4.1.2"],
        &[],
        |p| Box::pin(invalid_client_members(p)),
    ),
    must(
        "token.errors.challenge",
        "a 401 to a request that tried Basic has WWW-Authenticate: Basic",
        &["4.1.3", "RFC 9110 11.6.1"],
        &[],
        |p| Box::pin(challenge(p)),
    ),
    must(
        "token.errors.content-type",
        "a token error is served as application/json; charset=utf-8",
        &["3.2.1", "4.1.1"],
        &[],
        |p| Box::pin(content_type(p)),
    ),
    must(
        "token.errors.one-line",
        "a token error is one line without a line feed at its end",
        &["3.2.3"],
        &[],
        |p| Box::pin(one_line(p)),
    ),
    must(
        "token.errors.description",
        "error_description has only the characters that RFC 6749 5.2 allows, whatever was sent",
        &["4.1.5"],
        CREDENTIALS,
        |p| Box::pin(description(p)),
    ),
    must(
        "token.errors.secret-not-echoed",
        "no refusal repeats the secret that was sent",
        &["4.1.5"],
        CREDENTIALS,
        |p| Box::pin(secret_not_echoed(p)),
    ),
];

fn invalid_client(answer: &Answer) -> Verdict {
    answer.token_error(401, "invalid_client")
}

async fn authorized_as(probe: &mut Probe, authorization: Option<&str>) -> Verdict {
    let mut request = probe.token_request(TOKEN_PATH);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    invalid_client(&probe.send(request).await?)
}

fn unknown(probe: &Probe) -> Request {
    probe.token_request(TOKEN_PATH).basic(UNKNOWN_ID, WRONG_SECRET)
}

async fn unknown_client(probe: &mut Probe) -> Verdict {
    invalid_client(&probe.send(unknown(probe)).await?)
}

async fn wrong_secret(probe: &mut Probe) -> Verdict {
    invalid_client(&probe.wrong_secret().await?)
}

async fn disabled_client(probe: &mut Probe) -> Verdict {
    let client = probe.disabled_client().await?;
    let request = probe.token_request(TOKEN_PATH).basic(&client.client_id, &client.client_secret);
    invalid_client(&probe.send(request).await?)
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

async fn secret_in_body(probe: &mut Probe) -> Verdict {
    // The right secret in the wrong place is a failed authentication as well.
    let client = probe.client_to_refuse().await?;
    let body = url::form_urlencoded::Serializer::new(GRANT.to_owned())
        .append_pair("client_id", &client.client_id)
        .append_pair("client_secret", &client.client_secret)
        .finish();
    let request = probe.post(TOKEN_PATH).form(&body);
    invalid_client(&probe.send(request).await?)
}

async fn invalid_client_members(probe: &mut Probe) -> Verdict {
    let answer = probe.send(unknown(probe)).await?;
    schema::judge(Schema::InvalidClient, &answer.json()?)
}

async fn challenge(probe: &mut Probe) -> Verdict {
    let answer = probe.send(unknown(probe)).await?;
    answer.status(401)?;
    let given = answer.header("www-authenticate").unwrap_or_default();
    let scheme = given.split([' ', ',']).next().unwrap_or_default();
    require(scheme.eq_ignore_ascii_case("basic"), || format!("WWW-Authenticate is `{given}`"))
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
        let text = String::from_utf8_lossy(&answer.body);
        require(!text.contains(&client.client_secret), || {
            format!("the body of the {} holds the secret", answer.status)
        })?;
    }
    Ok(())
}
