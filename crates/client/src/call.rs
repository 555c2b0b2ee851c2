//! One call of an API: which answers are sent for again, and with which token.

use std::{marker::PhantomData, time::Duration};

use gatepass_protocol::{EpochSeconds, Secret};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    AccessToken, Error, Stage, TokenSource,
    exchange::{Progress, read_whole, unanswered},
    question::Question,
    retry, telemetry,
};

/// A call of an API.
pub(crate) struct Call {
    pub(crate) tokens: TokenSource,
    pub(crate) url: Url,
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

/// When and with what an answer was asked for.
pub(crate) struct Arrival {
    /// Just before it was sent.
    asked_at: EpochSeconds,
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
        _: &Call,
        response: reqwest::Response,
        arrival: Arrival,
    ) -> Attempt<reqwest::Response> {
        let verdict = judge(&response, arrival.asked_at);
        Attempt { outcome: Ok(response), verdict }
    }
}

impl<T: DeserializeOwned + Send> Reading for Json<T> {
    type Value = T;

    async fn read(call: &Call, mut response: reqwest::Response, arrival: Arrival) -> Attempt<T> {
        let Arrival { asked_at, attempt, token } = arrival;
        let verdict = judge(&response, asked_at);
        let unspeakable = [Secret::from(token.reveal())];
        let question = Question { stage: Stage::Api, url: &call.url, unspeakable: &unspeakable };
        match read_whole(&question, &mut response, asked_at, attempt).await {
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
        request: reqwest::Request,
    ) -> Result<R::Value, Error> {
        let progress = Progress::default();
        let timeout = request.timeout().copied();
        let work = self.repeat::<R>(request, &progress);
        let exchanger = self.tokens.exchanger();
        exchanger.before_deadline(Stage::Api, &self.url, timeout, &progress, work).await
    }

    async fn repeat<R: Reading>(
        &self,
        mut request: reqwest::Request,
        progress: &Progress,
    ) -> Result<R::Value, Error> {
        let exchanger = self.tokens.exchanger();
        let (mut failures, mut renewed) = (0, false);
        loop {
            let again = request.try_clone();
            let token = self.tokens.access_token().await?;
            request.headers_mut().insert(header::AUTHORIZATION, token.header());
            let (attempt, asked_at) = (progress.attempt(), exchanger.clock.now());
            let Attempt { outcome, verdict } = match exchanger.http.execute(request).await {
                Ok(response) => {
                    let arrival = Arrival { asked_at, attempt, token: token.clone() };
                    R::read(self, response, arrival).await
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
            let (Some(pause), Some(again)) = (pause, again) else {
                return outcome;
            };
            request = again;
            telemetry::retry(Stage::Api, pause);
            progress.failed(outcome.err());
            if !pause.is_zero() {
                exchanger.timer.sleep(pause).await;
            }
        }
    }

    fn no_answer<T>(&self, error: reqwest::Error, attempt: u32) -> Attempt<T> {
        let harmless = error.is_connect();
        let error = unanswered(Stage::Api, &self.url, attempt, error);
        let verdict = match error {
            Error::Unreachable { .. } => Verdict::Transient { retry_after: None, harmless },
            _ => Verdict::Final,
        };
        Attempt { outcome: Err(error), verdict }
    }
}

fn judge(response: &reqwest::Response, now: EpochSeconds) -> Verdict {
    match response.status() {
        StatusCode::UNAUTHORIZED => Verdict::Unauthorized,
        status if retry::is_transient(status) => Verdict::Transient {
            retry_after: retry::retry_after(response.headers(), now),
            // Who counts requests refuses them before anything is done.
            harmless: status == StatusCode::TOO_MANY_REQUESTS,
        },
        _ => Verdict::Final,
    }
}
