//! `docs/conformance.md`: which statement of the contract is judged by which check, and which
//! defect proves that check. It is written by `cargo xtask conformance`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use gatepass_conformance::{Check, Level, Statement, Suite, statements};
use gatepass_server::{CaseSummary, Config, Kind, cases};

/// Set by `cargo xtask conformance`: the document is written instead of compared.
const WRITE: &str = "GATEPASS_WRITE_DOCUMENT";

/// The chapters of the contract.
const CHAPTERS: [(&str, &str); 9] = [
    ("1", "Paths"),
    ("2", "Asking for a token"),
    ("3", "The answer"),
    ("4", "Errors"),
    ("5", "API clients"),
    ("6", "Revocation, introspection, keys, discovery"),
    ("7", "Users and tenants"),
    ("8", "Task Manager"),
    ("RFC", "HTTP"),
];

#[test]
fn the_document_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let document = document();
    if env::var_os(WRITE).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &document).unwrap();
    }

    let written = fs::read_to_string(&path).unwrap_or_default();

    assert!(
        written == document,
        "docs/conformance.md is stale: `cargo xtask conformance` writes it"
    );
}

fn document() -> String {
    let suite = Suite::default();
    let defects: Vec<_> = cases(&Config::default())
        .unwrap_or_default()
        .into_iter()
        .filter(|case| case.kind == Kind::Defect)
        .collect();
    let proofs = proofs(&defects);
    let seen = statements().iter().filter(|statement| statement.unseen.is_none()).count();
    let mut text = format!(
        "# What the conformance suite judges\n\n\
         Each row is a statement of the platform's wire contract, the checks of `gatepass check`\n\
         that judge it, and the defects of the catalogue that prove those checks: `gatepass serve\n\
         --case DEFECT` has the mock break just that. `cargo xtask conformance` writes this page.\n\n\
         {} statements, {seen} of them seen from outside; {} checks; {} defects.\n\n\
         A check binds everyone (`must`, `should`) unless it says *Gatepass*: that is our reading\n\
         of what the contract leaves open, and a foreign target is told of it in a note. A `may` is\n\
         never more than a note.\n",
        statements().len(),
        suite.checks().len(),
        defects.len(),
    );
    for (chapter, title) in CHAPTERS {
        let head = "| statement | checks | defects |\n|---|---|---|\n";
        text.extend(["\n## ", title, "\n\n", head]);
        for statement in statements().iter().filter(|it| it.number.starts_with(chapter)) {
            text.push_str(&row(statement, &suite, &proofs));
        }
    }
    text
}

/// The defects that each check must notice.
fn proofs(defects: &[CaseSummary]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut proofs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for defect in defects {
        for check in &defect.caught_by {
            proofs.entry(check).or_default().insert(&defect.name);
        }
    }
    proofs
}

fn row(statement: &Statement, suite: &Suite, proofs: &BTreeMap<&str, BTreeSet<&str>>) -> String {
    let Statement { number, text, unseen } = statement;
    if let Some(reason) = unseen {
        return format!("| **{number}** {text} | *not seen from outside: {reason}* | |\n");
    }
    let judges: Vec<_> =
        suite.checks().filter(|check| check.statements().contains(number)).collect();
    let checks: Vec<_> = judges.iter().map(|check| named(check)).collect();
    let defects: BTreeSet<_> =
        judges.iter().filter_map(|check| proofs.get(check.id())).flatten().collect();
    let defects: Vec<_> = defects.into_iter().map(|name| format!("`{name}`")).collect();
    format!("| **{number}** {text} | {} | {} |\n", checks.join("<br>"), defects.join("<br>"))
}

fn named(check: &Check) -> String {
    let level = match (check.level(), check.is_of_gatepass()) {
        (Level::Must, false) => "",
        (Level::Must, true) => " *Gatepass*",
        (Level::Should, false) => " (should)",
        (Level::Should, true) => " (should) *Gatepass*",
        (Level::May, _) => " (may)",
    };
    format!("`{}`{level}", check.id())
}
