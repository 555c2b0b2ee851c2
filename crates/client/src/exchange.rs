//! One request and its answer, with the retries that the platform's guide asks for.

use std::{sync::Arc, time::Duration};

use gatepass_protocol::EpochSeconds;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::{AnswerProblem, Clock, Error, Stage, Timer, question::Question, retry};

const LARGEST_BODY: usize = 1024 * 1024;

/// What every exchange needs.
#[derive(Clone)]
pub(crate) struct Exchanger {
    pub(crate) http: reqwest::Client,
    /// For one attempt.
    pub(crate) timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
}

/// An answer with its whole body.
pub(crate) struct Answer {
    /// The time just before the request was sent.
    pub(crate) asked_at: EpochSeconds,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

enum ReadError {
    TooLarge,
    Broken(reqwest::Error),
}

impl Exchanger {
    /// What `read` makes of the JSON object that is answered; it is also given the time at which
    /// the request was sent.
    pub(crate) async fn ask<T>(
        &self,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
        read: impl FnOnce(Map<String, Value>, EpochSeconds) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        let answer = self.persist(question, request).await?;
        question
            .object(&answer)
            .and_then(|json| read(json, answer.asked_at))
            .map_err(|problem| question.unusable(&answer, problem))
    }

    /// Asks until there is a 2xx answer, an answer that asking again can't better, or the attempts
    /// are used up.
    async fn persist(
        &self,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(question, attempt, request(&self.http)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = retry::pause(&error, attempt, rand::random()) else {
                return Err(error);
            };
            self.timer.sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        question: &Question<'_>,
        attempt: u32,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, Error> {
        let asked_at = self.clock.now();
        let mut response = request
            .timeout(self.timeout)
            .send()
            .await
            .map_err(|error| unanswered(question.stage, question.url, attempt, error))?;
        let body = read(&mut response).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = |body| Answer { asked_at, status, headers, body };
        if !status.is_success() {
            // The status decides: a refusal whose words are lost is still one.
            return Err(question.refused(&answer(body.unwrap_or_default()), attempt));
        }
        match body {
            Ok(body) => Ok(answer(body)),
            Err(ReadError::TooLarge) => {
                let problem = AnswerProblem::TooLarge(LARGEST_BODY);
                Err(question.unusable(&answer(Vec::new()), problem))
            }
            Err(ReadError::Broken(error)) => {
                Err(question.cut_short(&answer(Vec::new()), attempt, error))
            }
        }
    }
}

async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ReadError::Broken)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(ReadError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The error for a request that got no answer.
pub(crate) fn unanswered(stage: Stage, url: &Url, attempts: u32, error: reqwest::Error) -> Error {
    let (url, unbuildable) = (shown(url), error.is_builder());
    let source = Arc::new(error.without_url());
    if unbuildable {
        Error::Unbuildable { stage, url, source }
    } else {
        Error::Unreachable { stage, url, attempts, source }
    }
}

/// A URL without its query, which may hold what is nobody's business.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}
