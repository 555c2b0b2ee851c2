//! Users and accounts.

use url::Url;

use super::must;
use crate::answer::told_value;
use crate::check::{Check, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;
use crate::schema::{self, Schema};

const USER: &[Need] = &[Need::Credentials, Need::User];

pub(super) const CHECKS: &[Check] = &[
    must(
        "users.me",
        "users/me shows the user of the token, with every documented member",
        &["7.1", "1.5.2"],
        USER,
        |p| Box::pin(me(p)),
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
        &["4.2.3"],
        &[Need::Credentials, Need::Users],
        |p| Box::pin(no_token(p)),
    ),
    must(
        "users.account",
        "the account of a login has the URL of its data center as server_url",
        &["1.5.5"],
        USER,
        |p| Box::pin(account(p)),
    ),
];

async fn me(probe: &mut Probe) -> Verdict {
    let token = probe.user_token().await?;
    let login = probe.user()?.login;
    let body = probe.send(probe.get("/api/2/users/me").bearer(&token)).await?.ok_json()?;
    schema::judge(Schema::User, &body)?;
    require(body["login"] == *login, || format!("`login` is {}", told_value(&body["login"])))
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

async fn account(probe: &mut Probe) -> Verdict {
    let query = form(&[("login", &probe.user()?.login)]);
    let answer = probe.send(probe.get(&format!("/api/1/accounts?{query}"))).await?;
    if answer.status == 404 && !probe.session().is_gatepass() {
        return cannot_tell("the target has no router of its own: got 404");
    }
    let body = answer.ok_json()?;
    let given = &body["server_url"];
    let is_url = given.as_str().is_some_and(|text| {
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    });
    require(is_url, || format!("`server_url` is {}", told_value(given)))
}
