//! One request and its answer, with the retries that the platform's guide asks for.

use std::{
    future, mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use gatepass_protocol::EpochSeconds;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    AnswerProblem, Clock, Error, Jitter, Stage, Timer, question::Question, retry, telemetry,
};

/// What every exchange needs.
#[derive(Clone)]
pub(crate) struct Exchanger {
    pub(crate) http: reqwest::Client,
    /// For one attempt.
    pub(crate) timeout: Duration,
    /// For all attempts and the pauses between.
    pub(crate) deadline: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) jitter: Arc<dyn Jitter>,
}

/// Ready when a deadline has passed.
pub(crate) type Deadline = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How far a request has come, for whoever ends it.
#[derive(Default)]
pub(crate) struct Progress(Mutex<Attempts>);

#[derive(Default)]
struct Attempts {
    begun: u32,
    /// Why the last one failed, if not by its answer.
    last: Option<Error>,
}

impl Progress {
    /// The number of the attempt that begins, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        let mut attempts = self.attempts();
        attempts.begun += 1;
        attempts.begun
    }

    /// An attempt failed, and there will be another.
    pub(crate) fn failed(&self, error: Option<Error>) {
        self.attempts().last = error;
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer with its whole body.
pub(crate) struct Answer {
    /// What `Retry-After` and the life of a token count from: the time just before the request was
    /// sent, or, where there is no token in it, when the answer came.
    pub(crate) asked_at: EpochSeconds,
    /// The number of the attempt that it answers, from 1.
    pub(crate) attempt: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

enum ReadError {
    TooLarge,
    Broken(reqwest::Error),
}

impl Exchanger {
    /// What `read` makes of the JSON object that is answered, within the deadline; it is also given
    /// the time at which the request was sent.
    pub(crate) async fn ask<T>(
        &self,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
        read: impl FnOnce(Map<String, Value>, EpochSeconds) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        let answer = self.answer(question, request).await?;
        question.read(&answer, read)
    }

    /// The same as a part of something that has a deadline and its attempts counted.
    pub(crate) async fn ask_in<T>(
        &self,
        progress: &Progress,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
        read: impl FnOnce(Map<String, Value>, EpochSeconds) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        let answer = self.persist(question, request, progress).await?;
        question.read(&answer, read)
    }

    /// The same with one attempt, whatever comes of it.
    pub(crate) async fn ask_once<T>(
        &self,
        progress: &Progress,
        question: &Question<'_>,
        request: reqwest::RequestBuilder,
        read: impl FnOnce(Map<String, Value>, EpochSeconds) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        let answer = self.attempt(question, progress.attempt(), request).await?;
        question.read(&answer, read)
    }

    /// The 2xx answer to a request that is repeated as CONTRACT 4.2 says, within the deadline.
    pub(crate) async fn answer(
        &self,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Answer, Error> {
        let progress = Progress::default();
        let (stage, url) = (question.stage, question.url);
        let work = telemetry::request(stage, url, self.persist(question, request, &progress));
        self.before_deadline(self.deadline(), stage, url, &progress, work).await
    }

    /// How long to wait after an attempt that failed; `None` to give up.
    pub(crate) fn pause(&self, error: &Error, attempt: u32) -> Option<Duration> {
        retry::pause(error, attempt, self.jitter.fraction(), self.deadline)
    }

    /// A future that is ready when the deadline of what begins now has passed.
    pub(crate) fn deadline(&self) -> Deadline {
        self.timer.deadline(self.deadline)
    }

    /// Ends what is not done when the deadline has passed.
    pub(crate) async fn before_deadline<T>(
        &self,
        deadline: Deadline,
        stage: Stage,
        url: &Url,
        progress: &Progress,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if let Some(outcome) = before(deadline, work).await {
            return outcome;
        }
        let Attempts { begun, last, .. } = mem::take(&mut *progress.attempts());
        let error = Error::OutOfTime {
            stage,
            url: shown(url),
            deadline: self.deadline,
            attempts: begun,
            source: last.map(Box::new),
        };
        // Without an attempt it was the token that did not come, and that has told.
        if begun > 0 {
            telemetry::failed(&error);
        }
        Err(error)
    }

    /// Asks until there is a 2xx answer, an answer that asking again can't better, or the attempts
    /// are used up.
    async fn persist(
        &self,
        question: &Question<'_>,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
        progress: &Progress,
    ) -> Result<Answer, Error> {
        loop {
            let attempt = progress.attempt();
            let error = match self.attempt(question, attempt, request(&self.http)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = self.pause(&error, attempt) else {
                return Err(error);
            };
            telemetry::retry(question.stage, pause);
            progress.failed(Some(error));
            self.timer.sleep(pause).await;
        }
    }

    /// One attempt, with its timeout.
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
        read_whole(question, &mut response, asked_at, attempt).await
    }
}

/// What comes of some work, unless a deadline passes before.
pub(crate) async fn before<T>(mut deadline: Deadline, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => deadline.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The whole of a 2xx answer.
pub(crate) async fn read_whole(
    question: &Question<'_>,
    response: &mut reqwest::Response,
    asked_at: EpochSeconds,
    attempt: u32,
) -> Result<Answer, Error> {
    let status = response.status();
    if status.is_success() {
        return read_any(question, response, asked_at, attempt).await;
    }
    // The status decides: a refusal whose words are lost is still one.
    let body = read(response, question.largest_body()).await.unwrap_or_default();
    let answer = Answer { asked_at, attempt, status, headers: response.headers().clone(), body };
    Err(question.refused(&answer))
}

/// The whole of an answer, whatever its status.
pub(crate) async fn read_any(
    question: &Question<'_>,
    response: &mut reqwest::Response,
    asked_at: EpochSeconds,
    attempt: u32,
) -> Result<Answer, Error> {
    let most = question.largest_body();
    let body = read(response, most).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let answer = |body| Answer { asked_at, attempt, status, headers, body };
    match body {
        Ok(body) => Ok(answer(body)),
        Err(ReadError::TooLarge) => {
            Err(question.unusable(&answer(Vec::new()), AnswerProblem::TooLarge(most)))
        }
        Err(ReadError::Broken(error)) => Err(question.cut_short(&answer(Vec::new()), error)),
    }
}

async fn read(response: &mut reqwest::Response, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ReadError::Broken)? {
        if body.len() + chunk.len() > most {
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
