//! HTTP itself.

use super::{CREDENTIALS, must, should};
use crate::check::{Check, Verdict, require};
use crate::probe::{GRANT, Probe};

pub(super) const CHECKS: &[Check] = &[
    should(
        "transport.head",
        "HEAD of the discovery document answers 200 without a body",
        &["1.4"],
        &[],
        |p| Box::pin(head(p)),
    ),
    must(
        "transport.chunked",
        "a token request may come in chunks, without a Content-Length",
        &["2.1"],
        CREDENTIALS,
        |p| Box::pin(chunked(p)),
    ),
    should(
        "transport.date",
        "a token answer has a Date, by which clients measure their clocks",
        &["3.3"],
        CREDENTIALS,
        |p| Box::pin(date(p)),
    ),
];

async fn head(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.request("HEAD", "/.well-known/openid-configuration")).await?;
    answer.status(200)?;
    require(answer.body.is_empty(), || format!("got a body of {} bytes", answer.body.len()))
}

async fn chunked(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.form(GRANT).header("transfer-encoding", "chunked");
    probe.send(request).await?.status(200)
}

async fn date(probe: &mut Probe) -> Verdict {
    let answer = probe.tokens().await?.answer;
    require(answer.header("date").is_some(), || "it has no Date".to_owned())
}
