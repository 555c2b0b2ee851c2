//! What is asked for, and how an answer to it is read.

use std::sync::Arc;

use gatepass_protocol::{EpochSeconds, Secret};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, error::Category};
use url::Url;

use crate::{
    AnswerProblem, Error, Refusal, Stage,
    exchange::{Answer, shown},
    retry, text,
};

const REQUEST_ID_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-correlation-id"),
];

const MEGABYTE: usize = 1024 * 1024;

/// What is asked for.
pub(crate) struct Question<'a> {
    pub(crate) stage: Stage,
    pub(crate) url: &'a Url,
    /// What no message may hold.
    pub(crate) unspeakable: &'a [Secret],
}

impl Question<'_> {
    /// Bytes of an answer that are read at the most.
    pub(crate) fn largest_body(&self) -> usize {
        match self.stage {
            Stage::Api => 64 * MEGABYTE,
            _ => MEGABYTE,
        }
    }

    /// What `read` makes of the JSON object of a 2xx answer.
    pub(crate) fn read<T>(
        &self,
        answer: &Answer,
        read: impl FnOnce(Map<String, Value>, EpochSeconds) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        self.object(answer)
            .and_then(|json| read(json, answer.asked_at))
            .map_err(|problem| self.unusable(answer, problem))
    }

    fn object(&self, answer: &Answer) -> Result<Map<String, Value>, AnswerProblem> {
        match self.parse(answer)? {
            Value::Object(members) => Ok(members),
            _ => Err(AnswerProblem::NotAnObject),
        }
    }

    /// The body of a 2xx answer. That of 204 is `null`.
    pub(crate) fn parse<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, AnswerProblem> {
        if answer.body.trim_ascii().is_empty() {
            let nothing = (answer.status == StatusCode::NO_CONTENT).then_some(Value::Null);
            let nothing = nothing.and_then(|null| serde_json::from_value(null).ok());
            return nothing.ok_or(AnswerProblem::Empty);
        }
        serde_json::from_slice(&answer.body).map_err(|error| match error.classify() {
            Category::Data => AnswerProblem::Document {
                expected: "what was asked for",
                reason: text::words(&text::without_values(&error.to_string()), self.unspeakable),
            },
            Category::Syntax | Category::Eof | Category::Io => AnswerProblem::NotJson {
                content_type: self.content_type(answer),
                reason: error.to_string(),
                excerpt: text::excerpt(&answer.body, self.unspeakable),
            },
        })
    }

    /// The error for an answer that says yes and can't be used.
    pub(crate) fn unusable(&self, answer: &Answer, problem: AnswerProblem) -> Error {
        Error::Unusable {
            stage: self.stage,
            url: shown(self.url),
            status: answer.status,
            content_type: self.content_type(answer),
            request_id: self.request_id(answer),
            attempts: answer.attempt,
            source: Box::new(problem),
        }
    }

    /// The error for an answer whose body broke off.
    pub(crate) fn cut_short(&self, answer: &Answer, error: reqwest::Error) -> Error {
        Error::CutShort {
            stage: self.stage,
            url: shown(self.url),
            status: answer.status,
            attempts: answer.attempt,
            request_id: self.request_id(answer),
            source: Arc::new(error.without_url()),
        }
    }

    /// The error for an answer that does not say yes.
    pub(crate) fn refused(&self, answer: &Answer) -> Error {
        let (stage, url, status) = (self.stage, shown(self.url), answer.status);
        let attempts = answer.attempt;
        if let Some(location) = self.location(answer) {
            return Error::Redirected { stage, url, status, location, attempts };
        }
        let refusal = Box::new(self.refusal(answer));
        if retry::is_transient(status) {
            Error::Unavailable { stage, url, attempts, refusal }
        } else {
            Error::Refused { stage, url, attempts, refusal }
        }
    }

    /// The members of any of the platform's error bodies (CONTRACT 4.1).
    fn refusal(&self, answer: &Answer) -> Refusal {
        let json: Option<Map<String, Value>> = serde_json::from_slice(&answer.body).ok();
        let body = json.as_ref();
        let member = |name| body.and_then(|body| body.get(name));
        let (code, domain, message, info) = match member("error") {
            Some(Value::Object(error)) => {
                let info = error.get("details").and_then(|details| details.get("info"));
                (error.get("code"), error.get("domain"), error.get("message"), info)
            }
            Some(error) => (Some(error), member("domain"), member("error_description"), None),
            None => {
                let info = member("context").and_then(|context| context.get("info"));
                (member("code"), member("domain"), info, None)
            }
        };
        let info = info.filter(|info| message != Some(info));
        let page = (body.is_none() && !answer.body.is_empty())
            .then(|| text::excerpt(&answer.body, self.unspeakable));
        Refusal {
            status: answer.status,
            code: self.words(code),
            domain: self.words(domain),
            message: self.words(message).or(page),
            info: self.words(info),
            request_id: self.request_id(answer),
            retry_after: retry::retry_after(&answer.headers, answer.asked_at),
        }
    }

    fn words(&self, value: Option<&Value>) -> Option<String> {
        let text = match value? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(text::words(&text, self.unspeakable)).filter(|text| !text.is_empty())
    }

    /// Where an answer leads, without the query.
    fn location(&self, answer: &Answer) -> Option<String> {
        let location = text_of(&answer.headers, &header::LOCATION)?;
        let location = location.split(['?', '#']).next().unwrap_or(location);
        answer.status.is_redirection().then(|| text::words(location, self.unspeakable))
    }

    fn content_type(&self, answer: &Answer) -> Option<String> {
        let text = text_of(&answer.headers, &header::CONTENT_TYPE)?;
        Some(text::words(text, self.unspeakable))
    }

    fn request_id(&self, answer: &Answer) -> Option<String> {
        let id = REQUEST_ID_HEADERS.iter().find_map(|name| text_of(&answer.headers, name))?;
        Some(text::words(id, self.unspeakable))
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}
