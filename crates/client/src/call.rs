//! One call of an API: which answers are sent for again, and with which token.

use std::{marker::PhantomData, pin::pin, time::Duration};

use gatepass_protocol::Secret;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{
    AccessToken, Error, Stage, TokenSource,
    exchange::{Progress, read_whole, unanswered},
    question::Question,
    retry, telemetry,
};

/// A call of an API.
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

/// With what an answer was asked for.
pub(crate) struct Arrival {
    /// The number of the attempt, from 1.
    attempt: u32,
    token: AccessToken,
}

/// How an answer is read.
pub(crate) trait Reading {
    /// What is made of it.
    type Value: Send;

    /// Makes that of a response, and judges whether another attempt may come to more.
    fn read(
        call: &Call,
        response: reqwest::Response,
        arrival: Arrival,
    ) -> impl Future<Output = Attempt<Self::Value>> + Send;
}

/// The response as it came, its body unread.
pub(crate) struct Whole;

/// The JSON of a 2xx answer.
pub(crate) struct Json<T>(PhantomData<T>);

impl Reading for Whole {
    type Value = reqwest::Response;

    async fn read(
        call: &Call,
        response: reqwest::Response,
        _: Arrival,
    ) -> Attempt<reqwest::Response> {
        let verdict = call.judge(&response);
        Attempt { outcome: Ok(response), verdict }
    }
}

impl<T: DeserializeOwned + Send> Reading for Json<T> {
    type Value = T;

    async fn read(call: &Call, mut response: reqwest::Response, arrival: Arrival) -> Attempt<T> {
        let Arrival { attempt, token } = arrival;
        let verdict = call.judge(&response);
        let came_at = call.tokens.exchanger().clock.now();
        let unspeakable = [Secret::from(token.reveal())];
        let question =
            Question { stage: Stage::Api, url: call.request.url(), unspeakable: &unspeakable };
        match read_whole(&question, &mut response, came_at, attempt).await {
            Ok(answer) => {
                let outcome = question.parse(&answer);
                let outcome = outcome.map_err(|problem| question.unusable(&answer, problem));
                Attempt { outcome, verdict }
            }
            Err(error) => {
                let broken = matches!(error, Error::CutShort { .. });
                let transient = Verdict::Transient { retry_after: None, harmless: false };
                Attempt { outcome: Err(error), verdict: if broken { transient } else { verdict } }
            }
        }
    }
}

impl Call {
    /// Sends the request until its outcome is final, the attempts are used up, or the deadline has
    /// passed.
    pub(crate) async fn send<R: Reading>(
        &self,
        stream: Option<reqwest::Body>,
    ) -> Result<R::Value, Error> {
        let (progress, url, timeout) = (Progress::default(), self.request.url(), self.timeout);
        let work = pin!(self.repeat::<R>(stream, &progress));
        let exchanger = self.tokens.exchanger();
        exchanger.before_deadline(Stage::Api, url, Some(timeout), &progress, work).await
    }

    async fn repeat<R: Reading>(
        &self,
        mut stream: Option<reqwest::Body>,
        progress: &Progress,
    ) -> Result<R::Value, Error> {
        let exchanger = self.tokens.exchanger();
        let sent_once = stream.is_some();
        let (mut failures, mut renewed) = (0, false);
        loop {
            let token = self.tokens.access_token().await?;
            let request = self.attempt(&token, stream.take());
            let attempt = progress.attempt();
            let Attempt { outcome, verdict } = match exchanger.http.execute(request).await {
                Ok(response) => {
                    R::read(self, response, Arrival { attempt, token: token.clone() }).await
                }
                Err(error) => self.no_answer(error, attempt),
            };
            let pause = match verdict {
                Verdict::Final => None,
                // A token that came for this very call is not why it is refused.
                Verdict::Unauthorized if renewed => None,
                Verdict::Unauthorized => {
                    self.tokens.invalidate(&token);
                    renewed = true;
                    Some(Duration::ZERO)
                }
                Verdict::Transient { retry_after, harmless } => {
                    failures += 1;
                    retry::pause_after(retry_after, failures, exchanger.jitter.fraction())
                        .filter(|_| harmless || self.idempotent)
                }
            };
            let Some(pause) = pause.filter(|_| !sent_once) else {
                return outcome;
            };
            telemetry::retry(Stage::Api, pause);
            progress.failed(outcome.err());
            if !pause.is_zero() {
                exchanger.timer.sleep(pause).await;
            }
        }
    }

    /// The request of one attempt.
    fn attempt(&self, token: &AccessToken, stream: Option<reqwest::Body>) -> reqwest::Request {
        let mut request = copy(&self.request);
        if stream.is_some() {
            *request.body_mut() = stream;
        }
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
        *request.timeout_mut() = Some(self.timeout);
        request
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

fn copy(request: &reqwest::Request) -> reqwest::Request {
    if request.body().is_some() {
        return request.try_clone().expect("the body is no stream");
    }
    // `try_clone` would also make room for a timeout, which each attempt sets itself.
    let mut copy = reqwest::Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    copy
}
