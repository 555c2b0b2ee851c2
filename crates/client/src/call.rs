//! One call of an API: which answers are sent for again, and with which token.

use std::{
    marker::PhantomData,
    ops::ControlFlow::{self, Break, Continue},
    time::Duration,
};

use gatepass_protocol::Secret;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

#[cfg(feature = "blocking")]
use crate::exchange::read_any;
use crate::{
    AccessToken, Error, Stage, TokenSource,
    exchange::{Deadline, Progress, read_whole, unanswered},
    question::Question,
    retry, telemetry,
};

/// A call of an API.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) tokens: TokenSource,
    /// What each attempt sends, but for the token, the timeout and a body that is sent once.
    pub(crate) request: reqwest::Request,
    /// For one attempt.
    pub(crate) timeout: Duration,
    /// Whether it does no more when it arrives twice.
    pub(crate) idempotent: bool,
}

/// What an attempt came to, and whether another may come to more.
pub(crate) struct Attempt<T> {
    outcome: Result<T, Error>,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is as it is.
    Final,
    /// The token was refused.
    Unauthorized,
    /// The service failed or was busy. If `harmless`, nothing can have been done.
    Transient { retry_after: Option<Duration>, harmless: bool },
}

/// What the attempts so far make of the next.
#[derive(Default)]
struct Course {
    /// A body that can't be sent again, until the first attempt takes it.
    stream: Option<reqwest::Body>,
    sent_once: bool,
    failures: u32,
    /// Whether a token was refused.
    renewed: bool,
}

/// Why another attempt follows.
struct Again {
    /// How the last one failed, if not by its answer.
    failure: Option<Error>,
    pause: Duration,
}

/// With what an answer was asked for.
pub(crate) struct Arrival<'a> {
    /// The number of the attempt, from 1.
    attempt: u32,
    token: &'a AccessToken,
}

/// How an answer is read.
pub(crate) trait Reading {
    /// What is made of it.
    type Value: Send;

    /// Makes that of a response, and judges whether another attempt may come to more.
    fn read(
        call: &Call,
        response: reqwest::Response,
        arrival: Arrival<'_>,
    ) -> impl Future<Output = Attempt<Self::Value>> + Send;
}

/// The response as it came, its body unread.
pub(crate) struct Whole;

/// The response with its body, whatever its status.
#[cfg(feature = "blocking")]
pub(crate) struct WithBody;

/// The JSON of a 2xx answer.
pub(crate) struct Json<T>(PhantomData<T>);

impl Reading for Whole {
    type Value = reqwest::Response;

    async fn read(
        call: &Call,
        response: reqwest::Response,
        _: Arrival<'_>,
    ) -> Attempt<reqwest::Response> {
        let verdict = call.judge(&response);
        Attempt { outcome: Ok(response), verdict }
    }
}

#[cfg(feature = "blocking")]
impl Reading for WithBody {
    type Value = http::Response<Vec<u8>>;

    async fn read(
        call: &Call,
        mut response: reqwest::Response,
        arrival: Arrival<'_>,
    ) -> Attempt<http::Response<Vec<u8>>> {
        let (verdict, came_at) = (call.judge(&response), call.tokens.exchanger().clock.now());
        let unspeakable = [Secret::from(arrival.token.reveal())];
        let question = call.question(&unspeakable);
        match read_any(&question, &mut response, came_at, arrival.attempt).await {
            Ok(answer) => {
                let mut whole = http::Response::new(answer.body);
                *whole.status_mut() = answer.status;
                *whole.headers_mut() = answer.headers;
                Attempt { outcome: Ok(whole), verdict }
            }
            Err(error) => unread(error, verdict),
        }
    }
}

impl<T: DeserializeOwned + Send> Reading for Json<T> {
    type Value = T;

    async fn read(
        call: &Call,
        mut response: reqwest::Response,
        arrival: Arrival<'_>,
    ) -> Attempt<T> {
        let (verdict, came_at) = (call.judge(&response), call.tokens.exchanger().clock.now());
        let unspeakable = [Secret::from(arrival.token.reveal())];
        let question = call.question(&unspeakable);
        match read_whole(&question, &mut response, came_at, arrival.attempt).await {
            Ok(answer) => {
                let outcome = question.parse(&answer);
                let outcome = outcome.map_err(|problem| question.unusable(&answer, problem));
                Attempt { outcome, verdict }
            }
            Err(error) => unread(error, verdict),
        }
    }
}

impl Call {
    /// Sends the request until its outcome is final, the attempts are used up, or the deadline has
    /// passed. `stream` is a body that can't be sent again.
    pub(crate) fn send<R: Reading>(
        &self,
        stream: Option<reqwest::Body>,
    ) -> impl Future<Output = Result<R::Value, Error>> + Send {
        let mut course = Course { sent_once: stream.is_some(), stream, ..Course::default() };
        let work = async move {
            let deadline = self.tokens.exchanger().deadline();
            let again = match self.token_at_once() {
                Some(token) => match self.attempt::<R>(1, &token, &mut course).await {
                    Break(outcome) => return outcome,
                    Continue(again) => Some(again),
                },
                None => None,
            };
            // What follows is seldom, and takes no room in the future of each call.
            Box::pin(self.until_deadline::<R>(course, again, deadline)).await
        };
        telemetry::request(Stage::Api, self.request.url(), work)
    }

    /// A token, if the first attempt can begin at once and ends by its own timeout before the
    /// deadline, whose timer need not be set then.
    fn token_at_once(&self) -> Option<AccessToken> {
        let ends_itself = self.timeout <= self.tokens.exchanger().deadline;
        ends_itself.then(|| self.tokens.kept_access_token()).flatten()
    }

    /// Goes on from where the first attempt left it, until the deadline.
    async fn until_deadline<R: Reading>(
        &self,
        course: Course,
        again: Option<Again>,
        deadline: Deadline,
    ) -> Result<R::Value, Error> {
        let (exchanger, url) = (self.tokens.exchanger(), self.request.url());
        let progress = Progress::default();
        if again.is_some() {
            progress.attempt();
        }
        let work = self.repeat::<R>(course, again, &progress);
        exchanger.before_deadline(deadline, Stage::Api, url, &progress, work).await
    }

    async fn repeat<R: Reading>(
        &self,
        mut course: Course,
        mut again: Option<Again>,
        progress: &Progress,
    ) -> Result<R::Value, Error> {
        loop {
            if let Some(Again { failure, pause }) = again {
                progress.failed(failure);
                telemetry::retry(Stage::Api, pause);
                if !pause.is_zero() {
                    self.tokens.exchanger().timer.sleep(pause).await;
                }
            }
            let token = self.tokens.access_token().await?;
            match self.attempt::<R>(progress.attempt(), &token, &mut course).await {
                Break(outcome) => return outcome,
                Continue(next) => again = Some(next),
            }
        }
    }

    /// One attempt; goes on if another may come to more.
    async fn attempt<R: Reading>(
        &self,
        number: u32,
        token: &AccessToken,
        course: &mut Course,
    ) -> ControlFlow<Result<R::Value, Error>, Again> {
        let request = self.request(token, course.stream.take());
        let Attempt { outcome, verdict } = match self.tokens.exchanger().http.execute(request).await
        {
            Ok(response) => R::read(self, response, Arrival { attempt: number, token }).await,
            Err(error) => self.no_answer(error, number),
        };
        match course.pause_after(verdict, self, token) {
            Some(pause) => Continue(Again { failure: outcome.err(), pause }),
            None => Break(outcome),
        }
    }

    /// The request of one attempt.
    fn request(&self, token: &AccessToken, stream: Option<reqwest::Body>) -> reqwest::Request {
        let mut request = copy(&self.request);
        if stream.is_some() {
            *request.body_mut() = stream;
        }
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
        *request.timeout_mut() = Some(self.timeout);
        request
    }

    fn question<'a>(&'a self, unspeakable: &'a [Secret]) -> Question<'a> {
        Question { stage: Stage::Api, url: self.request.url(), unspeakable }
    }

    fn no_answer<T>(&self, error: reqwest::Error, attempt: u32) -> Attempt<T> {
        let harmless = error.is_connect();
        let error = unanswered(Stage::Api, self.request.url(), attempt, error);
        let verdict = match error {
            Error::Unreachable { .. } => Verdict::Transient { retry_after: None, harmless },
            _ => Verdict::Final,
        };
        Attempt { outcome: Err(error), verdict }
    }

    fn judge(&self, response: &reqwest::Response) -> Verdict {
        match response.status() {
            StatusCode::UNAUTHORIZED => Verdict::Unauthorized,
            status if retry::is_transient(status) => {
                let now = self.tokens.exchanger().clock.now();
                Verdict::Transient {
                    retry_after: retry::retry_after(response.headers(), now),
                    // Who counts requests refuses them before anything is done.
                    harmless: status == StatusCode::TOO_MANY_REQUESTS,
                }
            }
            _ => Verdict::Final,
        }
    }
}

impl Course {
    /// How long to wait before the next attempt; `None` where there is to be none.
    fn pause_after(
        &mut self,
        verdict: Verdict,
        call: &Call,
        token: &AccessToken,
    ) -> Option<Duration> {
        let pause = match verdict {
            Verdict::Final => return None,
            // A token that came for this very call is not why it is refused.
            Verdict::Unauthorized if self.renewed => {
                call.tokens.note_renewed_in_vain();
                return None;
            }
            Verdict::Unauthorized if !call.tokens.renew_refused(token) => return None,
            Verdict::Unauthorized => {
                self.renewed = true;
                Duration::ZERO
            }
            Verdict::Transient { retry_after, harmless } => {
                self.failures += 1;
                let exchanger = call.tokens.exchanger();
                let jitter = exchanger.jitter.fraction();
                retry::pause_after(retry_after, self.failures, jitter, exchanger.deadline)
                    .filter(|_| harmless || call.idempotent)?
            }
        };
        (!self.sent_once).then_some(pause)
    }
}

/// What an answer came to whose body could not be read. What its status says of the next attempt
/// holds all the same.
fn unread<T>(error: Error, verdict: Verdict) -> Attempt<T> {
    let broken = verdict == Verdict::Final && matches!(error, Error::CutShort { .. });
    let transient = Verdict::Transient { retry_after: None, harmless: false };
    Attempt { outcome: Err(error), verdict: if broken { transient } else { verdict } }
}

fn copy(request: &reqwest::Request) -> reqwest::Request {
    if request.body().is_some() {
        return request.try_clone().expect("the body is no stream");
    }
    // `try_clone` would also make room for a timeout, which each attempt sets itself.
    let mut copy = reqwest::Request::new(request.method().clone(), request.url().clone());
    // Even a map that is empty is dear to copy.
    if !request.headers().is_empty() {
        copy.headers_mut().clone_from(request.headers());
    }
    copy
}
