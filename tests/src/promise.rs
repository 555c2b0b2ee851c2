//! What the catalogue promises of an answer, read from its files and judged without the server's
//! own code.

use serde_json::{Value, json};
use toml::Table;

use crate::Answer;

/// The faults of the built-in catalogue, as they are written.
pub fn catalogue_entries() -> Vec<Table> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/cases");
    let mut entries = Vec::new();
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "toml")) {
        let text = std::fs::read_to_string(path).unwrap();
        let file: Table = text.parse().unwrap();
        let cases = file["case"].as_array().unwrap();
        entries.extend(cases.iter().map(|case| case.as_table().unwrap().clone()));
    }
    entries
}

/// What of an entry's promise the answer does not keep; `None` when it keeps all.
///
/// An entry promises what its effects say: a status with its body, members, headers. What is seen
/// elsewhere than where it plays is the refusal of a token: a plain 401.
pub fn broken_promise(entry: &Table, answer: &Answer) -> Option<String> {
    let status = answer.status();
    let effects: Vec<_> = effects(entry).collect();
    let own = effects.iter().find(|effect| integer(effect, "status") == Some(i64::from(status)));
    let problem = match own {
        Some(effect) => broken_body(entry, effect, answer),
        None if entry.contains_key("seen_on") => broken_code(&json!(status), answer),
        None => effects.iter().find_map(|effect| broken_members(effect, answer)),
    };
    let headers = own.copied().or(effects.first().copied());
    problem.or_else(|| headers.and_then(|effect| broken_headers(effect, answer)))
}

fn effects(entry: &Table) -> impl Iterator<Item = &Table> {
    let steps = entry.get("step").and_then(|steps| steps.as_array()).into_iter().flatten();
    let in_steps = steps.filter_map(|step| step.get("effect")?.as_table());
    entry.get("effect").and_then(|effect| effect.as_table()).into_iter().chain(in_steps)
}

fn broken_body(entry: &Table, effect: &Table, answer: &Answer) -> Option<String> {
    let body = answer.body();
    let (kept, promise) = match text(effect, "body") {
        Some("html") => (body.starts_with("<!DOCTYPE html>"), "an HTML page"),
        Some("text") => (Some(body) == text(entry, "title"), "the title"),
        Some("empty") => (body.is_empty(), "nothing"),
        Some("malformed-json") => (serde_json::from_str::<Value>(body).is_err(), "broken JSON"),
        _ => {
            let code = match (text(effect, "error"), integer(effect, "code"), answer.status()) {
                (Some(error), _, _) => json!(error),
                (None, Some(code), _) => json!(code),
                (None, None, status) => match (status, answer.at("/error").is_string()) {
                    (400, true) => json!("invalid_request"),
                    (401, true) => json!("invalid_client"),
                    (403, true) => json!("access_denied"),
                    (status, _) => json!(status),
                },
            };
            return broken_code(&code, answer);
        }
    };
    (!kept).then(|| format!("the body is not {promise}: {body}"))
}

/// The code of an error envelope: `error` of a token error, `error.code` of an API error.
fn broken_code(code: &Value, answer: &Answer) -> Option<String> {
    let found = match answer.at("/error") {
        Value::Object(_) => answer.at("/error/code"),
        error => error,
    };
    (found != *code).then(|| format!("the error is {found}, not {code}: {}", answer.body()))
}

fn broken_members(effect: &Table, answer: &Answer) -> Option<String> {
    let changes = effect.get("members")?.as_array()?;
    changes.iter().find_map(|change| {
        let (kind, operand) = change.as_table()?.iter().next()?;
        let member = |index: usize| format!("/{}", operand[index].as_str().unwrap_or_default());
        let kept = match kind.as_str() {
            "remove" => answer.at(&format!("/{}", operand.as_str()?)).is_null(),
            "set" => answer.at(&member(0)) == serde_json::to_value(&operand[1]).ok()?,
            "rename" => answer.at(&member(0)).is_null() && !answer.at(&member(1)).is_null(),
            "quote" => answer.at(&format!("/{}", operand.as_str()?)).is_string(),
            "multiply" | "add" => answer.at(&member(0)).is_i64(),
            _ => false,
        };
        (!kept).then(|| format!("{change:?} is not done: {}", answer.body()))
    })
}

fn broken_headers(effect: &Table, answer: &Answer) -> Option<String> {
    let set = effect.get("headers").and_then(|headers| headers.as_table()).into_iter().flatten();
    let mut wrong = set
        .filter(|(name, value)| Some(answer.header(name)) != value.as_str())
        .map(|(name, _)| name.clone());
    let retry_after = effect.get("retry_after").filter(|_| effect.contains_key("status"));
    let retry_after = retry_after.filter(|promised| {
        let found = answer.header("retry-after");
        match promised.get("seconds").and_then(toml::Value::as_integer) {
            Some(seconds) => found != seconds.to_string(),
            None => found.is_empty(),
        }
    });
    wrong
        .next()
        .or(retry_after.map(|_| "Retry-After".to_owned()))
        .map(|name| format!("header {name} is not as promised: {answer}"))
}

fn text<'a>(table: &'a Table, name: &str) -> Option<&'a str> {
    table.get(name)?.as_str()
}

fn integer(table: &Table, name: &str) -> Option<i64> {
    table.get(name)?.as_integer()
}
