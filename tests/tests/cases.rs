//! Each case of the catalogue, played in each of the four ways, shows what the catalogue promises.

use std::fmt::Write as _;

use futures::future::join_all;
use gatepass_server::{CaseSummary, Config, Kind, Route};
use gatepass_tests::{
    Answer, CLIENT_CREDENTIALS, FixtureClient, TestPlatform, broken_promise, catalogue_entries,
    clients,
};
use jiff::SignedDuration;
use reqwest::Method;
use toml::Table;

/// So many requests show each case: `every 3`, `beyond 10 requests` and three in ten, too.
const REQUESTS: usize = 12;

/// How a case is made to play.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// The credentials of its fixture client, nothing else changed.
    Credentials,
    /// The header `X-Gatepass-Case`.
    Header,
    /// The control API, for one client.
    Control,
    /// `--case` when the platform starts.
    Configuration,
}

const WAYS: [Way; 4] = [Way::Credentials, Way::Header, Way::Control, Way::Configuration];

/// An integration that meets a case.
struct Integration {
    platform: TestPlatform,
    client: FixtureClient,
    header: Option<String>,
}

impl Integration {
    async fn meeting(case: &CaseSummary, way: Way) -> Self {
        let name = case.name.clone();
        let platform = TestPlatform::with(|config| {
            config.cases.delay_factor = 0.0;
            config.seed = Some(7);
            if matches!(way, Way::Configuration) {
                config.cases.play = vec![name];
            }
        })
        .await
        .playing_cases();
        let mut client = clients().default;
        match way {
            Way::Credentials => {
                client.client_id = case.client_id;
                client.client_secret = case.client_secret.clone();
            }
            Way::Control => {
                let path = format!("/_gatepass/clients/{}/cases", client.client_id);
                let body = format!("[\"{}\"]", case.name);
                platform.request(Method::PUT, &path).body(&body).send().await.assert_status(200);
            }
            Way::Header | Way::Configuration => {}
        }
        let header = matches!(way, Way::Header).then(|| case.name.clone());
        Self { platform, client, header }
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&str>) -> Option<Answer> {
        let mut request = self.platform.request(method, path);
        request = match token {
            Some(token) => request.bearer(token),
            None => request.basic(&self.client),
        };
        if let Some(name) = &self.header {
            request = request.header("x-gatepass-case", name);
        }
        if path.ends_with("/idp/token") {
            request = request.form(CLIENT_CREDENTIALS);
        }
        request.try_send().await.ok()
    }

    /// One request to where the case is seen; `None` is a broken connection.
    async fn see(&self, route: Route) -> Option<Answer> {
        match route {
            Route::Bearer | Route::Account | Route::TaskManager => {
                let token = self.ask(Method::POST, "/api/2/idp/token", None).await?;
                let token = token.at("/access_token");
                let path = format!("/api/2/clients/{}", self.client.client_id);
                self.ask(Method::GET, &path, token.as_str()).await
            }
            Route::Keys => self.ask(Method::GET, "/idp/keys", None).await,
            Route::Discovery => {
                self.ask(Method::GET, "/.well-known/openid-configuration", None).await
            }
            _ => self.ask(Method::POST, "/api/2/idp/token", None).await,
        }
    }
}

/// What the integration sees when the case plays, or which promise was not kept.
async fn shown(case: &CaseSummary, entry: &Table, way: Way) -> Result<String, String> {
    let integration = Integration::meeting(case, way).await;
    let route = case.seen_on.or(case.route).unwrap_or(Route::Any);
    let mut seen = Vec::new();
    for _ in 0..REQUESTS {
        let answer = integration.see(route).await;
        let status = answer.as_ref().map(Answer::status);
        seen.push(status);
        let log = integration.platform.log();
        let played = log.iter().any(|it| it.case.as_deref() == Some(&*case.name));
        if !played || status != case.status {
            continue;
        }
        return match answer.as_ref().and_then(|answer| broken_promise(entry, answer)) {
            Some(problem) => Err(format!("{} by {way:?}: {problem}", case.name)),
            None => Ok(status.map_or_else(|| "no answer".to_owned(), |it| it.to_string())),
        };
    }
    Err(format!("{} by {way:?}: {seen:?}, promised {:?}", case.name, case.status))
}

#[expect(clippy::print_stdout, reason = "the table of what was seen, with `-- --nocapture`")]
#[tokio::test]
async fn each_case_shows_what_it_promises_in_each_of_the_four_ways() {
    let mut cases = gatepass_server::cases(&Config::default()).unwrap();
    cases.retain(|case| case.kind == Kind::Fault);
    let entries = catalogue_entries();
    let mut table = format!("{:34}{:?}\n", "case", WAYS);
    let mut broken = Vec::new();
    for case in &cases {
        let entry =
            entries.iter().find(|entry| entry["name"].as_str() == Some(&case.name)).unwrap();
        let shown = join_all(WAYS.map(|way| shown(case, entry, way))).await;
        let row = shown.iter().map(|shown| shown.as_deref().unwrap_or("BROKEN"));
        writeln!(table, "{:34}{}", case.name, row.collect::<Vec<_>>().join("  ")).unwrap();
        broken.extend(shown.into_iter().filter_map(Result::err));
    }

    println!("{table}");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(cases.len(), entries.len());
    assert!(cases.len() >= 60, "{}", cases.len());
}

#[tokio::test]
async fn a_defect_plays_for_its_own_client_by_the_header_and_over_the_control_api() {
    let platform = TestPlatform::start().await.playing_cases();
    let defect = case("token-in-milliseconds");
    let default = clients().default;
    let token = |client: &FixtureClient, header: &str| {
        let request = platform.post_token(CLIENT_CREDENTIALS).basic(client);
        request.header("x-gatepass-case", header)
    };
    let is_bent = |answer: &Answer| answer.at("/expires_on").as_i64() > Some(1_000_000_000_000);

    assert!(is_bent(&token(&defect, "").send().await));
    assert!(is_bent(&token(&default, "token-in-milliseconds").send().await));
    assert!(!is_bent(&token(&default, "").send().await));
    platform.running().play_for(default.client_id, &["token-in-milliseconds"]).unwrap();
    assert!(is_bent(&token(&default, "").send().await));
}

#[tokio::test]
async fn an_answer_that_is_given_again_is_the_clients_own_until_the_case_starts_anew() {
    let platform = TestPlatform::start().await.playing_cases();
    let ask = async |client: &FixtureClient| {
        let request = platform.post_token(CLIENT_CREDENTIALS).basic(client);
        let answer = request.header("x-gatepass-case", "access-token-given-again").send().await;
        answer.text_at("/access_token")
    };
    let (one, other) = (platform.register("one"), platform.register("other"));

    let first = ask(&one).await;
    assert_eq!(ask(&one).await, first);
    assert_ne!(ask(&other).await, first);
    let others = ask(&other).await;
    platform.running().play_for(one.client_id, &[]).unwrap();
    assert_ne!(ask(&one).await, first, "nothing is left of before");
    assert_eq!(ask(&other).await, others, "and the other's stays");
    platform.request(Method::DELETE, "/_gatepass/cases").send().await.assert_status(200);
    assert_ne!(ask(&other).await, others);
}

#[tokio::test]
async fn a_client_without_a_case_meets_none() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let path = format!("/api/2/clients/{}", clients().default.client_id);

    platform.get(&path, &token).await.assert_status(200);

    assert!(platform.log().iter().all(|exchange| exchange.case.is_none()));
}

#[tokio::test]
async fn fifty_clients_on_one_server_never_meet_each_others_cases() {
    let platform = TestPlatform::start().await.playing_cases();
    let mut cases = gatepass_server::cases(&Config::default()).unwrap();
    cases.retain(|case| case.kind == Kind::Fault);
    let faults: Vec<_> = cases
        .iter()
        .filter(|case| case.route == Some(Route::Token) && case.seen_on.is_none())
        .filter(|case| {
            case.status.is_some_and(|status| status >= 400)
                && !["limit", "mid-run"].iter().any(|word| case.name.contains(word))
        })
        .cycle()
        .take(50)
        .collect();
    let clients: Vec<_> =
        faults.iter().map(|_| platform.running().register_client("test")).collect();
    for (client, case) in clients.iter().zip(&faults) {
        platform.running().play_for(client.client_id, &[&case.name]).unwrap();
    }

    let answers = clients.iter().map(|client| async {
        platform.post_token(CLIENT_CREDENTIALS).basic(client).send().await.status()
    });
    let statuses = futures::future::join_all(answers).await;

    let promised: Vec<_> = faults.iter().map(|case| case.status.unwrap()).collect();
    assert_eq!(statuses, promised);
}

#[tokio::test]
async fn fifty_clients_on_one_server_never_meet_each_others_cases_counters_or_times() {
    let platform = TestPlatform::start().await.playing_cases();
    platform.clock().freeze();
    let now = platform.clock().now();
    // Each with what its four token requests are answered with.
    let cases: [(&str, [u16; 4]); 6] = [
        ("token-unavailable-twice", [503, 503, 200, 200]),
        ("rate-limit", [200, 200, 200, 429]),
        ("rate-limited", [429, 200, 200, 200]),
        ("client-disabled", [401, 401, 401, 401]),
        ("token-bad-gateway-once", [502, 200, 200, 200]),
        ("token-expired", [200, 200, 200, 200]),
    ];
    let tests = (0..50).zip(cases.into_iter().cycle()).map(|(number, (case, promised))| {
        let client = platform.running().register_client(case);
        platform.running().play_for(client.client_id, &[case]).unwrap();
        let shift_s = number * 60;
        platform.running().clock_of(client.client_id).advance(SignedDuration::from_secs(shift_s));
        let date = now.shifted(shift_s).http_date();
        let platform = &platform;
        async move {
            for status in promised {
                let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;
                answer.assert_status(status).assert_header("date", &date);
            }
            let seen = platform.running().requests().of(client.client_id);
            assert_eq!(seen.count(), promised.len(), "{case}: {:#?}", seen.list());
        }
    });

    join_all(tests).await;
}

#[tokio::test]
async fn token_unavailable_twice_recovers_and_counts_anew_when_told() {
    let platform = TestPlatform::start().await.playing_cases();
    let case = case("token-unavailable-twice");
    let run = async || {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses
                .push(platform.post_token(CLIENT_CREDENTIALS).basic(&case).send().await.status());
        }
        statuses
    };

    assert_eq!(run().await, [503, 503, 200, 200]);
    platform.request(Method::DELETE, "/_gatepass/cases").send().await.assert_status(200);
    assert_eq!(run().await, [503, 503, 200, 200]);
}

#[tokio::test]
async fn the_limiter_counts_on_the_mocks_clock() {
    let platform = TestPlatform::start().await.playing_cases();
    platform.clock().freeze();
    let case = case("rate-limit");
    let ask = async || platform.post_token(CLIENT_CREDENTIALS).basic(&case).send().await;
    for _ in 0..3 {
        ask().await.assert_status(200);
    }
    ask().await.assert_status(429).assert_header("retry-after", "60");

    platform.clock().advance(SignedDuration::from_secs(59));
    ask().await.assert_status(429).assert_header("retry-after", "1");

    platform.clock().advance(SignedDuration::from_secs(1));
    ask().await.assert_status(200);
}

#[tokio::test]
async fn a_clock_that_is_ahead_shows_in_the_date_and_the_tokens() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let now = platform.clock().now();

    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&case("clock-ahead")).send().await;

    answer.assert_at("/expires_on", now.seconds() + 7200 + 300);
    answer.assert_header("date", &now.shifted(300).http_date());
}

#[tokio::test]
async fn an_unknown_name_is_refused_with_the_nearest() {
    let platform = TestPlatform::start().await;
    let request = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default);

    let answer = request.header("x-gatepass-case", "token-expird").send().await;

    answer.assert_api_error(400);
    assert!(!answer.header("date").is_empty(), "{answer}");
    assert_eq!(platform.log().len(), 1, "it is told like any other");
    assert!(
        answer.text_at("/error/details/info").ends_with("did you mean `token-expired`?"),
        "{answer}"
    );
    let put = platform.request(Method::PUT, "/_gatepass/cases").body(r#"["token-expird"]"#);
    put.send().await.assert_status(404);
    let config = Config {
        cases: gatepass_server::CasesConfig {
            play: vec!["token-expird".to_owned()],
            ..Default::default()
        },
        ..Config::default()
    };
    let error = gatepass_server::Platform::builder().config(config).start().await.err().unwrap();
    assert!(error.to_string().ends_with("did you mean `token-expired`?"), "{error}");
}

#[tokio::test]
async fn a_configuration_file_adds_and_overrides_cases() {
    let toml = "listen = '127.0.0.1:0'
        [[case]]
        name = 'teapot'
        title = 'A teapot'
        status = 418
        source = 'RFC 2324'
        on = { route = 'token' }
        effect = { status = 418 }
        [[case]]
        name = 'client-disabled'
        title = 'Mine'
        status = 403
        source = 'mine'
        on = { route = 'token' }
        effect = { status = 403 }";
    let platform =
        TestPlatform::with(|config| *config = Config::from_toml("g.toml", toml).unwrap())
            .await
            .playing_cases();
    let ask = async |name: &str| {
        let request = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default);
        request.header("x-gatepass-case", name).send().await.status()
    };

    assert_eq!((ask("teapot").await, ask("client-disabled").await), (418, 403));
    let wrong = toml.replace(
        "effect = { status = 418 }",
        "effect = { status = 418, members = [{ remove = 'a' }] }",
    );
    let config = Config::from_toml("g.toml", &wrong).unwrap();
    let error = gatepass_server::Platform::builder().config(config).start().await.err().unwrap();
    assert!(error.to_string().starts_with("g.toml:2: case `teapot`: `members` bends"), "{error}");
}

#[tokio::test]
async fn an_answer_of_a_cases_own_is_bent_like_the_platforms() {
    let toml = "[[case]]
        name = 'own'
        title = 'Mine'
        status = 401
        source = 'mine'
        on = { route = 'token' }
        effect = { status = 401, pretty = true, echo = true, append = '!' }";
    let platform =
        TestPlatform::with(|config| config.case = Config::from_toml("g.toml", toml).unwrap().case)
            .await
            .playing_cases();

    let ask = platform.post_token("scope=what").basic(&clients().default);
    let answer = ask.header("x-gatepass-case", "own").send().await;

    answer.assert_status(401);
    let body = answer.body();
    assert!(body.starts_with("{\n  \"domain\"") && body.ends_with("scope=what\"\n}!"), "{body}");
}

#[tokio::test]
async fn a_folder_of_fixtures_adds_and_overrides_cases() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("cases")).unwrap();
    let file = folder.path().join("cases").join("mine.toml");
    let case = "[[case]]\nname = 'client-disabled'\ntitle = 'Mine'\nstatus = 403\n\
        source = 'mine'\non = { route = 'token' }\neffect = { status = 403 }\n";
    std::fs::write(&file, case).unwrap();
    let fixtures = Some(folder.path().to_owned());
    let platform = TestPlatform::with(|config| config.fixtures.clone_from(&fixtures)).await;

    let client = self::case("client-disabled");
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;

    answer.assert_status(403);
    std::fs::write(&file, case.replace("'token'", "'tokn'")).unwrap();
    let config = Config { fixtures, ..Config::default() };
    let error = gatepass_server::cases(&config).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}:6: unknown variant `tokn`", file.display())), "{error}");
}

fn case(name: &str) -> FixtureClient {
    let cases = gatepass_server::cases(&Config::default()).expect("the built-in cases are good");
    let case = cases.iter().find(|case| case.name == name).expect("the case exists");
    FixtureClient {
        client_id: case.client_id,
        client_secret: case.client_secret.clone(),
        tenant_id: clients().default.tenant_id,
    }
}
