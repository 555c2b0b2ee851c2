//! Users and accounts.

use url::Url;

use super::clients::refuses_method;
use super::must;
use crate::answer::told_value;
use crate::check::{Check, Verdict, cannot_tell, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;
use crate::schema::{self, Schema};

const USER: &[Need] = &[Need::Credentials, Need::User];
const USERS: &[Need] = &[Need::Credentials, Need::Users];

pub(super) const CHECKS: &[Check] = &[
    must(
        "users.me",
        "users/me shows the user of the token, with every documented member",
        &["7.1", "1.5.2", "5.4.1"],
        USER,
        |p| Box::pin(me(p)),
    ),
    must(
        "users.me-of-client",
        "users/me of an API client shows the tenant that owns it, or is refused with 403",
        &["7.1", "3.5.4", "5.4.1"],
        USERS,
        |p| Box::pin(me_of_client(p)),
    ),
    must(
        "users.content-type",
        "users/me is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        USER,
        |p| Box::pin(content_type(p)),
    ),
    must(
        "users.no-token",
        "users/me without a token is refused with 401 and an API error",
        &["4.2.3", "7.1"],
        USERS,
        |p| Box::pin(no_token(p)),
    ),
    must(
        "users.method",
        "PATCH of users/me is refused with 405, an API error and Allow",
        &["4.2.6", "1.5.2", "RFC 9110 10.2.1"],
        USERS,
        |p| Box::pin(method(p)),
    ),
    must(
        "users.account",
        "the account of a login has the URL of its data center as server_url",
        &["1.5.5"],
        USER,
        |p| Box::pin(account(p)),
    ),
    must(
        "users.account-of-nobody",
        "an account without a login is refused with 400 or 404",
        &["1.5.5", "4.2.9"],
        &[],
        |p| Box::pin(account_of_nobody(p)),
    ),
];

async fn me(probe: &mut Probe) -> Verdict {
    let token = probe.user_token().await?;
    let login = probe.user()?.login;
    let body = probe.send(probe.get("/api/2/users/me").bearer(&token)).await?.ok_json()?;
    schema::judge(Schema::User, &body)?;
    require(body["login"] == *login, || format!("`login` is {}", told_value(&body["login"])))?;
    let sub = &Jwt::read(&token)?.claims["sub"];
    require(body["id"] == *sub, || {
        format!("`id` is {}, `sub` of the token is {}", told_value(&body["id"]), told_value(sub))
    })
}

async fn me_of_client(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let answer = probe.send(probe.get("/api/2/users/me").bearer(&token)).await?;
    if matches!(answer.status, 403 | 404) {
        return answer.api_error(answer.status);
    }
    let body = answer.ok_json()?;
    schema::judge(Schema::User, &body)?;
    let owner = &Jwt::read(&token)?.claims["owner_tuid"];
    require(body["tenant_id"] == *owner, || {
        let tenant = told_value(&body["tenant_id"]);
        format!("`tenant_id` is {tenant}, `owner_tuid` of the token is {}", told_value(owner))
    })
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let token = probe.user_token().await?;
    let answer = probe.send(probe.get("/api/2/users/me").bearer(&token)).await?;
    answer.status(200)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn no_token(probe: &mut Probe) -> Verdict {
    probe.send(probe.get("/api/2/users/me")).await?.api_error(401)
}

async fn method(probe: &mut Probe) -> Verdict {
    refuses_method(probe, "PATCH", "/api/2/users/me", &["GET"]).await
}

async fn account(probe: &mut Probe) -> Verdict {
    let query = form(&[("login", &probe.user()?.login)]);
    let answer = probe.send(probe.get(&format!("/api/1/accounts?{query}"))).await?;
    if answer.status == 404 && !probe.session().is_gatepass() {
        return cannot_tell("the target has no router of its own: got 404");
    }
    let body = answer.ok_json()?;
    let given = &body["server_url"];
    let told = || format!("`server_url` is {}", told_value(given));
    let text = given.as_str().unwrap_or_default();
    let Ok(url) = Url::parse(text) else { return unmet(told()) };
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.query().is_none()
        && !text.ends_with('/')
        && !url.path().ends_with("/api/2");
    require(is_plain, told)?;
    serves_the_login(probe, &url).await
}

/// Met when `url` is this target's, by the name that it was asked by or that it gives itself: the
/// login is known here. The user has to get a token for that.
async fn serves_the_login(probe: &mut Probe, url: &Url) -> Verdict {
    if url.origin() == probe.session().target.base.origin() || probe.user_token().await.is_err() {
        return Ok(());
    }
    let Ok(discovery) = probe.discovery().await else { return Ok(()) };
    let own = ["issuer", "token_endpoint", "authorization_endpoint"].map(|name| &discovery[name]);
    let mut own = own.iter().filter_map(|it| it.as_str()).filter_map(|it| Url::parse(it).ok());
    require(own.any(|own| own.host() == url.host()), || {
        format!(
            "`server_url` leads to {}, and the login is known here",
            url.origin().ascii_serialization()
        )
    })
}

async fn account_of_nobody(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.get("/api/1/accounts")).await?;
    require((400..500).contains(&answer.status), || {
        format!("got {}, wanted 400 or 404", answer.status)
    })
}
