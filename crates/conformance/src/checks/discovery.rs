//! The OpenID discovery document.

use serde_json::json;
use url::Url;

use super::{must, should};
use crate::answer::brief;
use crate::check::{Check, Verdict, cannot_tell, noted, require, unmet};
use crate::probe::{DISCOVERY_PATH, INTROSPECT_PATH, Probe, TOKEN_PATH};
use crate::schema::{self, Schema};

pub(super) const CHECKS: &[Check] = &[
    must(
        "discovery.required",
        "the discovery document has every member that OpenID requires",
        &["6.3.1", "6.3.2", "1.4.1"],
        &[],
        |p| Box::pin(required(p)),
    ),
    must(
        "discovery.content-type",
        "the discovery document is served as application/json; charset=utf-8",
        &["3.2.1"],
        &[],
        |p| Box::pin(content_type(p)),
    ),
    must(
        "discovery.one-line",
        "the discovery document is one line without a line feed at its end",
        &["3.2.3"],
        &[],
        |p| Box::pin(one_line(p)),
    ),
    must("discovery.at-root", "the discovery document is not under /api/2", &["1.4.1"], &[], |p| {
        Box::pin(at_root(p))
    }),
    must(
        "discovery.optional",
        "the optional members of the discovery document are of their types",
        &["6.3.3"],
        &[],
        |p| Box::pin(optional(p)),
    ),
    must(
        "discovery.endpoints",
        "whatever endpoint the discovery document names for tokens and keys is there",
        &["6.3.3", "1.4.2"],
        &[],
        |p| Box::pin(endpoints(p)),
    ),
    must(
        "discovery.absolute-urls",
        "every endpoint in the discovery document is an absolute http or https URL",
        &["6.3.1"],
        &[],
        |p| Box::pin(absolute_urls(p)),
    ),
    must(
        "discovery.method",
        "PATCH of the discovery document is refused with 405 and an Allow that has GET",
        &["4.2.6", "RFC 9110 10.2.1"],
        &[],
        |p| Box::pin(method(p)),
    ),
    should(
        "discovery.token-endpoint",
        "the token endpoint in the discovery document is another than /api/2/idp/token",
        &["1.2.3"],
        &[],
        |p| Box::pin(token_endpoint(p)),
    ),
    should(
        "discovery.own-host",
        "the token endpoint and the keys are where the discovery document was asked for",
        &["1.2.3", "1.4.2"],
        &[],
        |p| Box::pin(own_host(p)),
    )
    .of_gatepass(),
    should(
        "discovery.introspection",
        "the discovery document names the introspection endpoint, which the Go library reads",
        &["6.3.4"],
        &[],
        |p| Box::pin(introspection(p)),
    ),
];

async fn required(probe: &mut Probe) -> Verdict {
    schema::judge(Schema::Discovery, &probe.discovery_answer().await?.ok_json()?)
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = probe.discovery_answer().await?;
    answer.status(200)?;
    answer.json_content_type()
}

async fn one_line(probe: &mut Probe) -> Verdict {
    let answer = probe.discovery_answer().await?;
    answer.status(200)?;
    answer.one_line()
}

async fn at_root(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.get(&format!("/api/2{DISCOVERY_PATH}"))).await?;
    require(answer.status >= 400, || format!("got {} under /api/2", answer.status))
}

async fn optional(probe: &mut Probe) -> Verdict {
    schema::judge(Schema::DiscoveryOptional, &probe.discovery().await?)
}

async fn endpoints(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let named = [
        ("POST", "token_endpoint"),
        ("POST", "revocation_endpoint"),
        ("POST", "introspection_endpoint"),
        ("GET", "jwks_uri"),
    ];
    for (method, member) in named {
        // What leads elsewhere is for `discovery.own-host` to tell.
        let Ok(url) = probe.session().own_link(member, &document[member]) else { continue };
        let mut request = probe.request(method, "").form("");
        request.url = url;
        let answer = probe.send(request).await?;
        require(!matches!(answer.status, 404 | 405 | 501), || {
            format!("{method} {member} got {}", answer.status)
        })?;
    }
    Ok(())
}

async fn absolute_urls(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let members = document.as_object().into_iter().flatten();
    for (name, link) in members {
        if name != "issuer" && name != "jwks_uri" && !name.ends_with("_endpoint") {
            continue;
        }
        let Some(Ok(url)) = link.as_str().map(Url::parse) else {
            return unmet(format!("`{name}` is {link}"));
        };
        require(matches!(url.scheme(), "http" | "https"), || format!("`{name}` is {link}"))?;
    }
    require(document["token_endpoint"].is_string(), || "`token_endpoint` is missing".to_owned())
}

async fn own_host(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    for member in ["token_endpoint", "jwks_uri"] {
        if let Err(failure) = probe.session().own_link(member, &document[member]) {
            return unmet(failure.text());
        }
    }
    Ok(())
}

async fn token_endpoint(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let given = document["token_endpoint"].as_str().unwrap_or_default();
    require(!given.ends_with(TOKEN_PATH), || format!("`token_endpoint` is `{}`", brief(given)))
}

async fn introspection(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let to_stranger = probe.send(probe.post(INTROSPECT_PATH).form("token=none")).await?;
    if to_stranger.status == 404 && document.get("introspection_endpoint").is_none() {
        return cannot_tell("the target introspects no tokens");
    }
    if document.get("introspection_endpoint").is_none() && !probe.session().is_gatepass() {
        return noted("`introspection_endpoint` is missing, and the Go library reads it");
    }
    require(document["introspection_endpoint"].is_string(), || {
        "`introspection_endpoint` is missing".to_owned()
    })
}

async fn method(probe: &mut Probe) -> Verdict {
    // Who has no document refuses nothing.
    probe.discovery().await?;
    let answer = probe.send(probe.request("PATCH", DISCOVERY_PATH).json(&json!({}))).await?;
    answer.status(405)?;
    answer.allows(&["GET"], "PATCH")
}
