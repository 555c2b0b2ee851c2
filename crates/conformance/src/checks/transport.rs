//! HTTP itself, which every client library speaks a little differently.

use std::time::Duration;

use jiff::fmt::rfc2822;

use super::{CREDENTIALS, must, should};
use crate::answer::{Answer, brief};
use crate::check::{Check, Failure, Verdict, noted, require, unmet};
use crate::clock::now_s;
use crate::probe::{DISCOVERY_PATH, GRANT, Probe, TASKS_PATH, TOKEN_PATH};
use crate::request::{FORM, basic_value};
use crate::survey::Sample;
use crate::wire::{RawRequest, Turn};

/// How far a target's clock may be from ours, in seconds: five minutes, and the time that an
/// answer takes.
const CLOCK_TOLERANCE_S: i64 = 300 + 10;

/// A clock that is off by less is right.
const CLOCK_RIGHT_S: i64 = 30;

/// Between the parts of a message, so that they arrive as parts.
const GAP: Duration = Duration::from_millis(20);

pub(super) const CHECKS: &[Check] = &[
    should(
        "transport.head",
        "HEAD of the discovery document answers as GET does, without a body",
        &["RFC 9110 9.3.2", "1.4.1"],
        &[],
        |p| Box::pin(head(p)),
    ),
    should(
        "transport.options",
        "OPTIONS of the token endpoint breaks nothing, and names POST in Allow if it succeeds",
        &["RFC 9110 9.3.7"],
        &[],
        |p| Box::pin(options(p)),
    )
    .of_gatepass(),
    must(
        "transport.header-case",
        "the case of a header's name does not matter",
        &["RFC 9110 5.1", "2.1.1"],
        CREDENTIALS,
        |p| Box::pin(header_case(p)),
    ),
    must(
        "transport.chunked",
        "a token request may come in chunks, without a Content-Length",
        &["RFC 9112 7.1", "2.1.1"],
        CREDENTIALS,
        |p| Box::pin(chunked(p)),
    ),
    must(
        "transport.split-body",
        "a body that arrives in several parts is read to its Content-Length",
        &["RFC 9112 6.3", "2.1.1"],
        CREDENTIALS,
        |p| Box::pin(split_body(p)),
    ),
    must(
        "transport.split-head",
        "headers that arrive in several parts are read to their end",
        &["RFC 9112 6.3", "2.1.1"],
        CREDENTIALS,
        |p| Box::pin(split_head(p)),
    ),
    should(
        "transport.expect-continue",
        "a request with Expect: 100-continue, as .NET sends it, is answered as one without",
        &["RFC 9110 10.1.1", "2.1.1"],
        CREDENTIALS,
        |p| Box::pin(expect_continue(p)),
    ),
    should(
        "transport.keep-alive",
        "a connection takes the next request, after a token and after a refusal",
        &["RFC 9112 9.3"],
        CREDENTIALS,
        |p| Box::pin(keep_alive(p)),
    ),
    should(
        "transport.pipelining",
        "requests that are sent at once are answered in their order",
        &["RFC 9112 9.3.2"],
        CREDENTIALS,
        |p| Box::pin(pipelining(p)),
    ),
    should(
        "transport.date",
        "an answer has a Date, as HTTP writes dates, by which clients measure their clocks",
        &["RFC 9110 6.6.1"],
        &[],
        |p| Box::pin(date(p)),
    ),
    should(
        "transport.clock",
        "the clock behind Date is right: five minutes off is tolerated, with a note",
        &["RFC 9110 6.6.1"],
        &[],
        |p| Box::pin(clock(p)),
    ),
    must(
        "transport.content-type",
        "JSON is served as application/json; charset=utf-8 by each route, refusals included",
        &["3.2.1"],
        &[],
        |p| Box::pin(content_type(p)),
    ),
    must(
        "transport.one-line",
        "JSON is one line without a line feed at its end from each route, refusals included",
        &["3.2.3"],
        &[],
        |p| Box::pin(one_line(p)),
    ),
    must(
        "transport.error-form",
        "each route refuses in the form of its API's errors",
        &["4.1.1", "4.1.6", "4.1.7", "4.1.8", "4.2.2", "5.6.1"],
        &[],
        |p| Box::pin(error_form(p)),
    ),
    must(
        "transport.unknown-paths",
        "a path where nothing is gets 404 from each API",
        &["4.2.5"],
        CREDENTIALS,
        |p| Box::pin(unknown_paths(p)),
    ),
    should(
        "transport.challenge",
        "each route's 401 has WWW-Authenticate, and no 403 says there that the token is invalid",
        &["RFC 9110 11.6.1"],
        &[],
        |p| Box::pin(challenge(p)),
    ),
];

async fn content_type(probe: &mut Probe) -> Verdict {
    probe.judge_survey(Sample::is_json, |sample| sample.answer.json_content_type()).await
}

async fn one_line(probe: &mut Probe) -> Verdict {
    probe.judge_survey(Sample::is_json, |sample| sample.answer.one_line()).await
}

async fn error_form(probe: &mut Probe) -> Verdict {
    probe.judge_survey(Sample::is_refused_in_a_form, Sample::is_in_form).await
}

async fn challenge(probe: &mut Probe) -> Verdict {
    // To who tried nothing, RFC 6749 5.2 asks for no challenge where clients authenticate.
    let is_gatepass = probe.session().is_gatepass();
    let is_challenged = |sample: &Sample| {
        matches!(sample.answer.status, 401 | 403) && (is_gatepass || !sample.is_of_a_client())
    };
    probe
        .judge_survey(is_challenged, |sample| {
            let given = sample.answer.header("www-authenticate");
            if sample.answer.status == 401 {
                return require(given.is_some(), || "WWW-Authenticate is missing".to_owned());
            }
            // RFC 6750 3.1: that goes with 401.
            let is_invalid = given.is_some_and(|given| given.contains("invalid_token"));
            require(!is_invalid, || "WWW-Authenticate of the 403 says invalid_token".to_owned())
        })
        .await
}

/// Where nothing is, in each API and beside them.
const NOWHERE: [&str; 4] = [
    "/api/2/clients/no/such/endpoint",
    "/api/2/idp/no-such-endpoint",
    "/api/task_manager/v2/no-such-endpoint",
    "/api/no-such-api",
];

async fn unknown_paths(probe: &mut Probe) -> Verdict {
    let own = probe.credentials()?.client_id;
    let beneath = [format!("/api/2/clients/{own}/no-such-part"), format!("{TASKS_PATH}/1/no/part")];
    for path in NOWHERE.into_iter().chain(beneath.iter().map(String::as_str)) {
        let request = probe.get(path);
        let answer = probe.send_with_token(request).await?;
        answer.status(404).map_err(|failure| failure.of(path))?;
    }
    Ok(())
}

/// A token request that is in order, to be sent byte by byte; its body is still to come.
fn token_request(probe: &Probe) -> Result<RawRequest, Failure> {
    let credentials = probe.credentials()?;
    let basic = basic_value(&credentials.client_id, &credentials.client_secret);
    Ok(probe
        .raw("POST", TOKEN_PATH)
        .header("Authorization", &format!("Basic {basic}"))
        .header("Content-Type", FORM))
}

/// One request in one piece, and its answer.
async fn ask(probe: &mut Probe, request: RawRequest) -> Result<Answer, Failure> {
    only(probe.converse(vec![Turn::Say(request.bytes()), Turn::Hear]).await?)
}

fn only(mut answers: Vec<Answer>) -> Result<Answer, Failure> {
    answers.pop().map_or_else(|| unmet("no answer"), Ok)
}

async fn head(probe: &mut Probe) -> Verdict {
    let head = probe.raw("HEAD", DISCOVERY_PATH).bytes();
    let alone = vec![Turn::Say(head.clone()), Turn::HearHead];
    let first = only(probe.converse(alone).await?)?;
    if matches!(first.status, 405 | 501) {
        return noted(format!("HEAD is not supported: got {}", first.status));
    }
    if closes(&first) {
        let get = probe.discovery_answer().await?;
        return as_get(&first, &get);
    }
    // The GET behind it stumbles over a body, if there is one.
    let get = probe.raw("GET", DISCOVERY_PATH).bytes();
    let turns = vec![Turn::Say(head), Turn::HearHead, Turn::Say(get), Turn::Hear];
    let answers = probe.converse(turns).await.map_err(|failure| failure.of("HEAD, then GET"))?;
    let [head, get] = answers.as_slice() else { return unmet("got less than two answers") };
    as_get(head, get)
}

fn as_get(head: &Answer, get: &Answer) -> Verdict {
    require(head.status == get.status, || {
        format!("HEAD got {}, GET got {}", head.status, get.status)
    })?;
    let types = (head.header("content-type"), get.header("content-type"));
    require(types.0 == types.1, || format!("the Content-Types differ: {types:?}"))
}

async fn options(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.request("OPTIONS", TOKEN_PATH)).await?;
    require(answer.status < 500 || answer.status == 501, || format!("got {}", answer.status))?;
    if !(200..300).contains(&answer.status) {
        return Ok(());
    }
    let allow = answer.header("allow").or_else(|| answer.header("access-control-allow-methods"));
    let names_post = allow
        .as_deref()
        .is_some_and(|allow| allow.split(',').any(|method| matches!(method.trim(), "POST" | "*")));
    require(names_post, || format!("Allow is `{}`", brief(&allow.unwrap_or_default())))
}

async fn header_case(probe: &mut Probe) -> Verdict {
    let credentials = probe.credentials()?;
    let basic = basic_value(&credentials.client_id, &credentials.client_secret);
    for (authorization, content_type) in [
        ("authorization", "content-type"),
        ("AUTHORIZATION", "CONTENT-TYPE"),
        ("aUtHoRiZaTiOn", "cOnTeNt-tYpE"),
    ] {
        let request = probe
            .raw("POST", TOKEN_PATH)
            .header(authorization, &format!("Basic {basic}"))
            .header(content_type, FORM)
            .body(GRANT);
        let answer = ask(probe, request).await?;
        answer.status(200).map_err(|failure| failure.of(authorization))?;
    }
    Ok(())
}

async fn chunked(probe: &mut Probe) -> Verdict {
    let (first, last) = GRANT.split_at(GRANT.len() / 2);
    let whole = token_request(probe)?.chunks([GRANT]);
    let halves = token_request(probe)?.chunks([first, last]);
    let letters = GRANT.char_indices().map(|(at, letter)| &GRANT[at..at + letter.len_utf8()]);
    let letters = token_request(probe)?.chunks(letters);
    for (name, request) in [("one chunk", whole), ("two chunks", halves), ("letters", letters)] {
        let answer = ask(probe, request).await?;
        if answer.status == 411 {
            return noted("the target wants a Content-Length, which RFC 9110 15.5.12 allows");
        }
        answer.status(200).map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

/// Sends `parts` one after the other.
async fn ask_in_parts(probe: &mut Probe, parts: Vec<Vec<u8>>) -> Result<Answer, Failure> {
    let mut turns = Vec::new();
    for part in parts {
        turns.push(Turn::Say(part));
        turns.push(Turn::Wait(GAP));
    }
    turns.push(Turn::Hear);
    only(probe.converse(turns).await?)
}

async fn split_body(probe: &mut Probe) -> Verdict {
    let (head, body) = token_request(probe)?.body(GRANT).parts();
    let (first, last) = body.split_at(body.len() / 2);
    let parts = vec![head, first.to_vec(), last.to_vec()];
    ask_in_parts(probe, parts).await?.status(200)
}

async fn split_head(probe: &mut Probe) -> Verdict {
    let request = token_request(probe)?.body(GRANT).bytes();
    let parts = request.chunks(request.len() / 3).map(<[u8]>::to_vec).collect();
    ask_in_parts(probe, parts).await?.status(200)
}

async fn expect_continue(probe: &mut Probe) -> Verdict {
    let request = token_request(probe)?.header("Expect", "100-continue").body(GRANT);
    let (head, body) = request.parts();
    let answer = ask_in_parts(probe, vec![head, body]).await?;
    if answer.status == 417 {
        return noted("the target refuses Expect with 417, which RFC 9110 10.1.1 allows");
    }
    answer.status(200)
}

/// Whether the target said that it would close the connection.
fn closes(answer: &Answer) -> bool {
    let says = |word: &str| {
        answer.header("connection").is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    // HTTP/1.0 closes unless it says otherwise (RFC 9112 9.3).
    says("close") || (answer.is_http_1_0 && !says("keep-alive"))
}

async fn keep_alive(probe: &mut Probe) -> Verdict {
    let good = || -> Result<_, Failure> { Ok(token_request(probe)?.body(GRANT).bytes()) };
    let refused = probe.raw("POST", TOKEN_PATH).header("Content-Type", FORM).body(GRANT).bytes();
    let first = vec![Turn::Say(good()?), Turn::Hear];
    let turns = vec![
        Turn::Say(good()?),
        Turn::Hear,
        Turn::Say(refused),
        Turn::Hear,
        Turn::Say(good()?),
        Turn::Hear,
    ];
    if closes(&only(probe.converse(first).await?)?) {
        return noted("the target closes the connection, and says so");
    }
    let answers = probe.converse(turns).await?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    require(statuses == [200, 401, 200], || format!("got {statuses:?}, wanted 200, 401, 200"))
}

async fn pipelining(probe: &mut Probe) -> Verdict {
    let mut bytes = token_request(probe)?.body(GRANT).bytes();
    bytes.extend(probe.raw("POST", TOKEN_PATH).header("Content-Type", FORM).body(GRANT).bytes());
    bytes.extend(probe.raw("GET", DISCOVERY_PATH).bytes());
    let single = vec![Turn::Say(probe.raw("GET", DISCOVERY_PATH).bytes()), Turn::Hear];
    if closes(&only(probe.converse(single).await?)?) {
        return noted("the target closes the connection after an answer, and says so");
    }
    let turns = vec![Turn::Say(bytes), Turn::Hear, Turn::Hear, Turn::Hear];
    let answers = probe.converse(turns).await?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    require(statuses == [200, 401, 200], || format!("got {statuses:?}, wanted 200, 401, 200"))?;
    let last: serde_json::Value = answers[2].json()?;
    require(last["issuer"].is_string(), || "the answers are not in order".to_owned())
}

/// The Date of an answer as seconds since the epoch.
fn date_of(answer: &Answer) -> Result<i64, Failure> {
    let Some(text) = answer.header("date") else { return unmet("the answer has no Date") };
    match rfc2822::parse(&text) {
        Ok(date) if text.ends_with(" GMT") => Ok(date.timestamp().as_second()),
        _ => unmet(format!("Date is `{}`", brief(&text))),
    }
}

async fn date(probe: &mut Probe) -> Verdict {
    let answer = probe.discovery_answer().await?;
    date_of(&answer).map(|_| ())
}

async fn clock(probe: &mut Probe) -> Verdict {
    let answer = probe.discovery_answer().await?;
    let ahead = date_of(&answer)? - now_s();
    let told = if ahead < 0 {
        format!("the target's clock is {} s behind this machine's", -ahead)
    } else {
        format!("the target's clock is {ahead} s ahead of this machine's")
    };
    match ahead.abs() {
        off if off <= CLOCK_RIGHT_S => Ok(()),
        off if off <= CLOCK_TOLERANCE_S => noted(format!("{told}; 300 s are tolerated")),
        _ => unmet(told),
    }
}
