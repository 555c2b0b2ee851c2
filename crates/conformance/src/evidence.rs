//! One request and what came of it, as it was: with secrets in it until a report is made of it.

use std::sync::Arc;

use crate::answer::Answer;
use crate::curl;
use crate::exchange::{Exchange, Received, Sent};
use crate::request::Request;
use crate::secrets::Redaction;
use crate::target::Target;
use crate::wire;

/// An exchange of a check.
#[derive(Clone)]
pub(crate) struct Evidence(Arc<Kept>);

struct Kept {
    asked: Asked,
    answer: Option<Answer>,
    /// Why there was no answer, or not all of it.
    error: Option<String>,
}

/// What was sent.
pub(crate) enum Asked {
    Request(Request),
    /// What was said on a connection until then.
    Bytes(Vec<u8>),
}

impl Evidence {
    pub(crate) fn new(asked: Asked, answer: Option<Answer>, error: Option<String>) -> Self {
        Self(Arc::new(Kept { asked, answer, error }))
    }

    /// It as it may be printed.
    pub(crate) fn exchange(&self, target: &Target, redaction: &Redaction) -> Exchange {
        let Kept { asked, answer, error } = &*self.0;
        Exchange {
            request: match asked {
                Asked::Request(request) => Sent::record(request, redaction),
                Asked::Bytes(said) => wire::sent(target, said, redaction),
            },
            response: answer.as_ref().map(|answer| Received::record(answer, redaction)),
            error: error.as_ref().map(|error| redaction.text(error)),
        }
    }

    /// The command that sends the same.
    pub(crate) fn repeat(&self, target: &Target, redaction: &Redaction) -> String {
        match &self.0.asked {
            Asked::Request(request) => curl::line(request, redaction),
            Asked::Bytes(said) => wire::repeat(target, said, redaction),
        }
    }
}
