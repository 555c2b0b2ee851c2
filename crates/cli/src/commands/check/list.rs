//! The checks that there are.

use std::fmt::Write;

use gatepass_conformance::{Suite, report};
use serde_json::{Value, json};

use super::format::Format;
use crate::failure::Failure;

pub(super) fn list(suite: &Suite, format: Format) -> Result<String, Failure> {
    match format {
        Format::Human => Ok(list_for_people(suite)),
        Format::Json => {
            let rows: Vec<Value> = suite
                .checks()
                .map(|check| {
                    json!({
                        "id": check.id(),
                        "level": check.level(),
                        "requirement": check.requirement(),
                        "source": check.sources(),
                        "statements": check.statements(),
                        "needs": check.needs(),
                        "changes": check.changes(),
                    })
                })
                .collect();
            Ok(format!("{:#}\n", Value::Array(rows)))
        }
        Format::Junit | Format::Markdown | Format::Html | Format::Github => {
            let name = format.name();
            Err(Failure::usage(format!("a list is not written as {name}"))
                .hint("`--format json` is for machines"))
        }
    }
}

fn list_for_people(suite: &Suite) -> String {
    let width = suite.checks().map(|check| check.id().len()).max().unwrap_or_default();
    let mut out = String::new();
    for check in suite.checks() {
        let _ = writeln!(
            out,
            "{:width$}  {:6}  {} ({})",
            check.id(),
            check.level(),
            check.requirement(),
            report::cited(&check.sources())
        );
    }
    out
}
