//! Running the binary, and making what it prints the same every time.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    thread,
    time::Duration,
};

use rustix::{
    net,
    process::{Pid, Signal, kill_process},
};
use serde_json::Value;
use tempfile::TempDir;

/// The public test client that a mock offers.
pub(crate) const CLIENT_ID: &str = "1ea8372e-eefa-4df2-9088-9a1234f08f3c";
pub(crate) const CLIENT_SECRET: &str = "5e0e8216cad04d4e6df7891e0352ede7";

/// `gatepass` with these arguments and nothing of ours in its environment.
pub(crate) fn gatepass<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatepass"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours = ["DATACENTER_URL", "CLIENT_ID", "CLIENT_SECRET", "NO_COLOR", "COLUMNS"];
        if name.starts_with("GATEPASS_") || ours.contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    command
}

/// `gatepass` that signs in as the mock's client.
pub(crate) fn signed_in<S: AsRef<OsStr>>(arguments: &[S], url: &str) -> Command {
    let mut command = gatepass(arguments);
    command
        .env("DATACENTER_URL", url)
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", CLIENT_SECRET);
    command
}

/// Runs a command to its end.
pub(crate) fn output_of(mut command: Command) -> Output {
    command.output().unwrap()
}

/// The standard output, which has to be UTF-8.
pub(crate) fn stdout_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// The standard error, which has to be UTF-8.
pub(crate) fn stderr_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Fails with all that was printed when the exit code is another.
#[track_caller]
pub(crate) fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", transcript(output));
}

/// Exit code, stdout and stderr as one text.
pub(crate) fn transcript(output: &Output) -> String {
    format!(
        "exit code: {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string()),
        stdout_of(output),
        stderr_of(output)
    )
}

/// What differs from run to run has a name instead.
pub(crate) fn with_filters(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    for (pattern, name) in [
        (r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", "[TOKEN]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"kill \d+", "kill [PID]"),
        (r#""pid":\d+"#, r#""pid":[PID]"#),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
        (r" +\d+\.\d\d ms", " [DURATION]"),
        (r#""duration_us":\d+"#, r#""duration_us":[DURATION]"#),
        (r"/\S*/\.tmp\w+", "[TMP]"),
    ] {
        settings.add_filter(pattern, name);
    }
    settings.bind(check);
}

/// A port that is ours and on which nobody listens, so that no other test can take it.
pub(crate) struct ClosedPort {
    socket: OwnedFd,
}

impl ClosedPort {
    pub(crate) fn take() -> Self {
        let socket = net::socket_with(
            net::AddressFamily::INET,
            net::SocketType::STREAM,
            net::SocketFlags::CLOEXEC, // Or the children of other tests would hold it, too.
            None,
        )
        .unwrap();
        net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self { socket }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", SocketAddr::try_from(net::getsockname(&self.socket).unwrap()).unwrap())
    }
}

/// The `host:port` of a URL.
pub(crate) fn address_of(url: &str) -> &str {
    url.strip_prefix("http://").unwrap()
}

/// A running `gatepass serve` on a free port, killed when it is dropped.
pub(crate) struct Serve {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub(crate) banner: String,
    pub(crate) ready: Value,
    pub(crate) url: String,
    pub(crate) ready_file: PathBuf,
    _folder: TempDir,
}

impl Serve {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ready_file = folder.path().join("ready.json");
        let mut command = gatepass(&["serve", "--port", "0", "--ready-file"]);
        command.arg(&ready_file).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut banner = String::new();
        while !banner.contains("Ctrl-C") {
            let read = stderr.read_line(&mut banner).unwrap();
            assert_ne!(read, 0, "it ended instead of serving:\n{banner}");
        }
        let ready: Value = serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap();
        let url = ready["url"].as_str().unwrap().to_owned();
        Self { child, stderr, banner, ready, url, ready_file, _folder: folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends `signal` and waits for the end.
    pub(crate) fn stop(&mut self, signal: Signal) -> Ended {
        self.signal(signal);
        self.wait()
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> Ended {
        let (mut log, mut talk) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut log).unwrap();
        self.stderr.read_to_string(&mut talk).unwrap();
        Ended { code: self.child.wait().unwrap().code(), log, talk }
    }

    /// Waits for the end while nobody reads its standard output: the exit code.
    pub(crate) fn wait_without_reading(&mut self) -> Option<i32> {
        let unread = self.child.stdout.take();
        let code = self.child.wait().unwrap().code();
        drop(unread);
        code
    }
}

/// How a `gatepass serve` ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// All of its standard output.
    pub(crate) log: String,
    /// What its standard error had after the banner.
    pub(crate) talk: String,
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plain HTTP request over a connection of its own: the whole answer.
pub(crate) fn http(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The fixed token of the tests, long expired, with a signature of no key.
pub(crate) fn old_token() -> String {
    // {"typ":"JWT","alg":"RS256","kid":"k"} . {"sub":"me","iat":1688660793,"exp":1688667993} . x
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.\
     eyJzdWIiOiJtZSIsImlhdCI6MTY4ODY2MDc5MywiZXhwIjoxNjg4NjY3OTkzfQ.eA"
        .to_owned()
}

/// A file of a folder that goes with the test.
pub(crate) fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Feeds `input` to a command's standard input.
pub(crate) fn fed(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeder = thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}
