//! API clients that authenticate otherwise than by HTTP Basic, and what they are refused for.

use super::must;
use crate::answer::Answer;
use crate::check::{Check, Failure, TokenPaths, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::{GRANT, Probe, REVOKE_PATH, TOKEN_PATH, WRONG_SECRET};
use crate::request::form;
use crate::schema::{self, Schema};

const CHANGES: &[Need] = &[Need::Credentials, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.errors.post-client",
        "a client for client_secret_post is refused with 401 without its secret in the body, with another, and once disabled",
        &["2.3.2", "2.1.9", "4.1.2", "4.4.1"],
        CHANGES,
        |p| Box::pin(post_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.public-client-id",
        "a client without a secret authenticates by its ID alone, to refresh and to revoke",
        &["2.3.3", "6.1.4"],
        CHANGES,
        |p| Box::pin(public_client_is_known(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.public-client",
        "a client without a secret gets no tokens for client_credentials",
        &["2.3.3", "4.1.4"],
        CHANGES,
        |p| Box::pin(public_client(p)),
    )
    .at(TokenPaths::Each),
];

/// What comes of a client's ID, and its secret if there is one, in the body.
async fn in_body(probe: &mut Probe, id: &str, secret: Option<&str>) -> Result<Answer, Failure> {
    let mut pairs = vec![("client_id", id)];
    pairs.extend(secret.map(|secret| ("client_secret", secret)));
    let request = probe.post(TOKEN_PATH).form(&format!("{GRANT}&{}", form(&pairs)));
    probe.send(request).await
}

async fn post_client(probe: &mut Probe) -> Verdict {
    let client = probe.session().make_client("client_secret_post").await?;
    for (name, secret) in [("no secret", None), ("a wrong secret", Some(WRONG_SECRET))] {
        let answer = in_body(probe, &client.client_id, secret).await?;
        answer.token_error(401, "invalid_client").map_err(|failure| failure.of(name))?;
    }
    let query = form(&[("client_id", &client.client_id), ("client_secret", &client.client_secret)]);
    let request = probe.post(&format!("{TOKEN_PATH}?{query}")).form(GRANT);
    let answer = probe.send(request).await?;
    answer.token_error(401, "invalid_client").map_err(|failure| failure.of("in the query"))?;
    in_body(probe, &client.client_id, Some(&client.client_secret)).await?.status(200)?;
    probe.disable(&client).await?;
    let answer = in_body(probe, &client.client_id, Some(&client.client_secret)).await?;
    probe.refuses_client(&answer).map_err(|failure| failure.of("disabled"))
}

/// RFC 6749 4.4: that grant is for confidential clients only. In which words it is refused, the
/// contract does not say.
async fn public_client(probe: &mut Probe) -> Verdict {
    let client = probe.session().make_client("none").await?;
    let answer = in_body(probe, &client.client_id, None).await?;
    require(matches!(answer.status, 400 | 401 | 403), || format!("got {}", answer.status))?;
    schema::judge(Schema::TokenError, &answer.json()?)
}

/// What it asks for is in vain, but not for who it is.
async fn public_client_is_known(probe: &mut Probe) -> Verdict {
    let client = probe.session().make_client("none").await?;
    let refreshes = probe.session().found_missing(Need::RefreshTokens).await.is_none();
    let revokes = probe.session().found_missing(Need::Revocation).await.is_none();
    let id = ("client_id", client.client_id.as_str());
    if refreshes {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", "nonsense"), id];
        let answer = probe.send(probe.post(TOKEN_PATH).form(&form(&pairs))).await?;
        answer.token_error(400, "invalid_grant")?;
    }
    if revokes {
        let request = probe.post(REVOKE_PATH).form(&form(&[("token", "nonsense"), id]));
        probe.send(request).await?.status(200).map_err(|failure| failure.of("revocation"))?;
    }
    if refreshes || revokes {
        return Ok(());
    }
    cannot_tell("the target neither refreshes nor revokes tokens")
}
