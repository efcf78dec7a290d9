//! `danpay sandbox` as somebody at a terminal meets it.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

struct Running {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    log: Option<ChildStderr>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_danpay"))
            .args(["sandbox", "--port", "0"])
            .args(arguments)
            .env_remove("DANPAY_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = child.stderr.take();
        Self { child, said, log }
    }

    /// The end of the next line of its standard output.
    fn says(&mut self) -> String {
        let line = self.said.next().unwrap().unwrap();
        line.split_whitespace().next_back().unwrap().to_owned()
    }

    /// The log, once it has ended.
    fn ended(&mut self) -> String {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.log.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(url: &str, request: &str, host: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let address = address.trim_end_matches("/_sandbox/");
    let mut line = TcpStream::connect(address).unwrap();
    let head = format!("{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    write!(line, "{head}content-length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_prints_its_addresses_and_each_call_unless_it_is_to_be_quiet() {
    for (quiet, arguments) in [(false, &[][..]), (true, &["--quiet"][..])] {
        let mut sandbox = Running::start(arguments);
        let (url, desk) = (sandbox.says(), sandbox.says());
        assert_eq!(desk, format!("{url}/_sandbox/"));
        let answer = ask(&url, "POST /online/v1/payment/ready", "localhost");
        assert!(answer.contains("-400"), "{answer}");
        let line = "POST /online/v1/payment/ready 400 -400 · no_authorization";
        let log = if quiet {
            sandbox.ended()
        } else {
            let mut lines = BufReader::new(sandbox.log.take().unwrap()).lines();
            let told =
                |said: &Result<String, _>| said.as_ref().is_ok_and(|said| said.contains(line));
            lines.find(told).unwrap().unwrap()
        };
        assert_eq!(log.contains(line), !quiet, "{log}");
    }
}

#[test]
fn its_control_is_asked_under_hosts_that_were_allowed() {
    let mut sandbox = Running::start(&["--quiet", "--allow-host", "sandbox"]);
    let url = sandbox.says();
    for (host, status) in [
        ("sandbox:7702", "200"),
        ("localhost", "200"),
        ("evil.example", "403"),
    ] {
        let answer = ask(&url, "GET /_sandbox/journal", host);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{host}: {answer}"
        );
    }
}

#[test]
fn on_the_lan_its_desk_stays_on_this_machine() {
    let mut sandbox = Running::start(&["--quiet", "--lan"]);
    let Some(Ok(line)) = sandbox.said.next() else {
        // A machine without a network has no others on it.
        assert!(sandbox.ended().contains("--lan"));
        return;
    };
    let url = line.split_whitespace().next_back().unwrap().to_owned();
    let desk = sandbox.says();
    assert!(
        desk.starts_with("http://127.0.0.1:") && !url.contains("127.0.0.1"),
        "{url} {desk}"
    );
    let host = url.strip_prefix("http://").unwrap();
    assert!(ask(&desk, "GET /_sandbox/journal", "localhost").starts_with("HTTP/1.1 200"));
    assert!(ask(&url, "GET /_sandbox/journal", host).starts_with("HTTP/1.1 403"));
    assert!(ask(&url, "GET /pay/mockup/none", host).starts_with("HTTP/1.1 404"));
}
