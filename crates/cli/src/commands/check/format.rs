//! How a report is written.

use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum;
use gatepass_conformance::{Report, report};

use crate::failure::{Failure, chain};

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// The documented JSON
    Json,
    /// `JUnit` XML, for continuous integration
    Junit,
    /// For a comment on a pull request
    Markdown,
    /// A page of one file, to be read in a browser, on a phone or on paper
    Html,
    /// Annotations of GitHub Actions
    Github,
}

impl Format {
    /// The word of the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Github => "github",
        }
    }

    /// The report as text, without colour.
    pub(super) fn write(self, report: &Report) -> Result<String, Failure> {
        match self {
            Self::Human => Ok(report::human(report, false)),
            Self::Json => Ok(report::json(report)),
            Self::Junit => {
                report::junit(report).map_err(|error| Failure::unreachable(chain(&error)))
            }
            Self::Markdown => Ok(report::markdown(report)),
            Self::Html => report::html(report).map_err(|error| Failure::unreachable(chain(&error))),
            Self::Github => Ok(report::github(report)),
        }
    }
}

/// A format and the file that gets the report in it: `junit=report.xml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

impl FromStr for Copy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((format, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
            return Err("it is not FORMAT=FILE, such as junit=report.xml".to_owned());
        };
        let format = Format::from_str(format, false).map_err(|_| {
            let names: Vec<_> = Format::value_variants().iter().map(|it| it.name()).collect();
            format!("there is no format `{format}`; there are {}", names.join(", "))
        })?;
        Ok(Self { format, path: PathBuf::from(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_a_format_and_a_file() {
        let copy = Copy { format: Format::Junit, path: "a=b.xml".into() };
        assert_eq!("junit=a=b.xml".parse(), Ok(copy));
        for (given, complaint) in [
            ("report.xml", "it is not FORMAT=FILE, such as junit=report.xml"),
            ("junit=", "it is not FORMAT=FILE, such as junit=report.xml"),
            (
                "xml=report.xml",
                "there is no format `xml`; there are human, json, junit, markdown, html, github",
            ),
        ] {
            assert_eq!(given.parse::<Copy>(), Err(complaint.to_owned()));
        }
    }
}
