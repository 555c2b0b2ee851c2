//! Faults of the transport: what a client meets when a network, a proxy or a process fails.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::Version;
use serde::Deserialize;

use super::{
    ending::{Ending, Fate},
    faulty_body::{HalfBody, SlowBody},
};

/// What goes wrong with the connection that a request came over. In TOML: `"cut_body"`, or
/// `{ slow_body = { pause_ms = 500 } }` with parameters, which all have defaults.
///
/// Over HTTP/2 a fault that ends the connection ends it for all requests on it; one that bends the
/// body bends that of its request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ConnectionFault {
    /// As if nobody listened. By the time that a request tells whose it is, the system has accepted
    /// its connection long since: what can be done is to reset that, before the request has been
    /// handled. So whoever arms this answers anything, and hands the request to no handler; the
    /// client reads "connection reset" and not "connection refused", and may connect again.
    Refuse,
    /// TCP RST instead of an answer. The request has been handled.
    ResetBeforeAnswer,
    /// TCP RST after the headers and half of the body. Where half of the body is more than the
    /// client's system takes unread, the rest of the half is lost.
    ResetInsideBody,
    /// Half of the status line and headers, then silence, until the client gives up or the limit
    /// is over. Over HTTP/2 silence from the start: a frame is whole or it is not there.
    StallHeaders(Stall),
    /// The whole answer, its body in small pieces with a pause after each.
    SlowBody(Pace),
    /// The headers, which announce the whole body, half of it, and TCP FIN.
    CutBody,
    /// TCP FIN instead of an answer. The server still takes what the client sends, for a minute.
    HalfClose,
}

impl ConnectionFault {
    /// The fault with its waiting times multiplied.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::StallHeaders(stall) => {
                Self::StallHeaders(Stall { limit_ms: scaled(stall.limit_ms, factor) })
            }
            Self::SlowBody(pace) => {
                Self::SlowBody(Pace { pause_ms: scaled(pace.pause_ms, factor), ..pace })
            }
            Self::Refuse
            | Self::ResetBeforeAnswer
            | Self::ResetInsideBody
            | Self::CutBody
            | Self::HalfClose => self,
        }
    }
}

fn scaled(time_ms: u32, factor: f64) -> u32 {
    let time = Duration::from_millis(time_ms.into());
    let scaled = Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(time);
    u32::try_from(scaled.as_millis()).unwrap_or(u32::MAX)
}

/// How long a server is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Stall {
    /// At most, in milliseconds; then the connection is closed. Default 60,000.
    pub(crate) limit_ms: u32,
}

/// How slow a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pace {
    /// The size of a piece. Default 1.
    pub(crate) piece_bytes: NonZeroUsize,
    /// The pause after each, in milliseconds. Default 100.
    pub(crate) pause_ms: u32,
}

impl Default for Stall {
    fn default() -> Self {
        Self { limit_ms: 60_000 }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { piece_bytes: NonZeroUsize::MIN, pause_ms: 100 }
    }
}

/// Comes with each request: arms a fault that plays when the request is answered.
pub(crate) struct FaultSwitch {
    armed: OnceLock<ConnectionFault>,
    fate: Arc<Fate>,
}

impl FaultSwitch {
    pub(super) fn new(fate: Arc<Fate>) -> Self {
        Self { armed: OnceLock::new(), fate }
    }

    /// Has the fault play instead of, or with, the answer to this request. The first one counts.
    pub(crate) fn arm(&self, fault: ConnectionFault) {
        let _ = self.armed.set(fault);
    }

    /// The answer as the fault lets it be. Where none is left it does not return: the connection
    /// ends, and this with it.
    pub(super) async fn play(&self, answer: Response, version: Version) -> Response {
        let Some(fault) = self.armed.get() else {
            return answer;
        };
        match *fault {
            ConnectionFault::Refuse | ConnectionFault::ResetBeforeAnswer => {
                self.end(Ending::Reset).await
            }
            ConnectionFault::HalfClose => self.end(Ending::Finish).await,
            ConnectionFault::StallHeaders(Stall { limit_ms }) => {
                let after = half_head(&answer, version);
                let limit = Duration::from_millis(limit_ms.into());
                self.end(Ending::Silence { after, limit }).await
            }
            ConnectionFault::ResetInsideBody => self.half(answer, Ending::Reset),
            ConnectionFault::CutBody => self.half(answer, Ending::Finish),
            ConnectionFault::SlowBody(Pace { piece_bytes, pause_ms }) => {
                let pause = Duration::from_millis(pause_ms.into());
                let fate = Arc::clone(&self.fate);
                answer.map(|body| Body::new(SlowBody::new(body, piece_bytes, pause, fate)))
            }
        }
    }

    async fn end(&self, ending: Ending) -> ! {
        self.fate.decide(ending);
        std::future::pending().await
    }

    fn half(&self, answer: Response, ending: Ending) -> Response {
        let fate = Arc::clone(&self.fate);
        answer.map(|body| Body::new(HalfBody::new(body, ending, fate)))
    }
}

impl fmt::Debug for FaultSwitch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FaultSwitch").field(&self.armed.get()).finish()
    }
}

fn half_head(answer: &Response, version: Version) -> Bytes {
    if version >= Version::HTTP_2 {
        return Bytes::new();
    }
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("{version:?} {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in answer.headers() {
        let line = [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"];
        head.extend(line.concat());
    }
    head.truncate(head.len() / 2);
    head.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml_file;

    #[derive(Debug, Deserialize)]
    struct Case {
        fault: ConnectionFault,
    }

    #[test]
    fn each_fault_has_a_name_and_its_parameters_have_defaults() {
        let slow = |piece: usize, pause_ms| {
            ConnectionFault::SlowBody(Pace { piece_bytes: piece.try_into().unwrap(), pause_ms })
        };
        let stall = |limit_ms| ConnectionFault::StallHeaders(Stall { limit_ms });
        for (text, fault) in [
            ("'refuse'", ConnectionFault::Refuse),
            ("'reset_before_answer'", ConnectionFault::ResetBeforeAnswer),
            ("'reset_inside_body'", ConnectionFault::ResetInsideBody),
            ("'cut_body'", ConnectionFault::CutBody),
            ("'half_close'", ConnectionFault::HalfClose),
            ("{ stall_headers = {} }", stall(60_000)),
            ("{ stall_headers = { limit_ms = 5 } }", stall(5)),
            ("{ slow_body = {} }", slow(1, 100)),
            ("{ slow_body = { piece_bytes = 9, pause_ms = 8 } }", slow(9, 8)),
        ] {
            let case: Case = toml_file::read("c.toml", &format!("fault = {text}\n")).unwrap();

            assert_eq!(case.fault, fault, "given {text}");
        }
    }

    #[test]
    fn what_is_no_fault_is_named() {
        for (text, complaint, suggestion) in [
            ("'cut_bodi'", "c.toml:1: unknown variant `cut_bodi`", Some("cut_body")),
            (
                "{ slow_body = { pauses_ms = 1 } }",
                "c.toml:1: unknown field `pauses_ms`",
                Some("pause_ms"),
            ),
            ("{ slow_body = { piece_bytes = 0 } }", "c.toml:1: invalid value: integer `0`", None),
            ("{ slow_body = { pause_ms = -1 } }", "c.toml:1: invalid value: integer `-1`", None),
        ] {
            let error = toml_file::read::<Case>("c.toml", &format!("fault = {text}\n"));

            let error = error.unwrap_err();
            assert!(error.to_string().starts_with(complaint), "given {text}: {error}");
            assert_eq!(error.suggestion(), suggestion, "given {text}");
        }
    }
}
