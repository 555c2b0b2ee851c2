//! The log of requests: a line an exchange, written by a thread of its own.

mod line;

use std::{
    collections::VecDeque,
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use clap::ValueEnum;
use gatepass_server::Exchange;

use crate::{
    failure::{Failure, chain},
    output::takes_colour,
};

/// Lines that wait for a slow reader; what comes after them is counted, not kept.
const MAX_WAITING: usize = 65_536;
/// How long the end of the program waits for a reader of the last lines who has stopped reading.
const LAST_LINES: Duration = Duration::from_secs(1);
/// Lines are written in parts of about this size: what a pipe holds, so that each part that is gone
/// shows a reader at work.
const PART: usize = 64 * 1024;

/// How requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// An aligned line for people
    Text,
    /// An object a line, for machines
    Json,
    /// Nothing
    Off,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// A log that is being written.
///
/// A request never waits for it: when nobody reads, lines wait in memory up to a bound, and a
/// reader who has gone ends the log and nothing else.
pub(crate) struct Log {
    queue: Arc<Queue>,
    /// Something comes when a part was written; the other end is gone when all is.
    written: mpsc::Receiver<()>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Exchange>,
    lost: u64,
    closed: bool,
}

impl Log {
    /// Starts a log, unless it is off.
    pub(crate) fn start(format: LogFormat, stream: Stream) -> Result<Option<Self>, Failure> {
        let to_line: fn(&Exchange, bool) -> String = match format {
            LogFormat::Off => return Ok(None),
            LogFormat::Text => line::text,
            LogFormat::Json => |exchange, _| line::json(exchange),
        };
        let queue = Arc::new(Queue::default());
        let (progress, written) = mpsc::sync_channel(1);
        let writer = Writer { queue: Arc::clone(&queue), stream, to_line, progress };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                // An error means that nobody reads any more: there is nobody to tell.
                let _ = writer.write_all();
                writer.queue.close();
            })
            .map_err(|error| {
                Failure::unreachable(format!("could not start the log: {}", chain(&error)))
            })?;
        Ok(Some(Self { queue, written }))
    }

    /// What has to be told of each exchange.
    pub(crate) fn observer(&self) -> impl Fn(&Exchange) + Send + Sync + 'static {
        let queue = Arc::clone(&self.queue);
        move |exchange| queue.push(exchange)
    }

    /// Writes what still waits, for as long as somebody reads it.
    pub(crate) fn finish(self) {
        self.queue.close();
        while self.written.recv_timeout(LAST_LINES).is_ok() {}
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, exchange: &Exchange) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if state.waiting.len() < MAX_WAITING {
            state.waiting.push_back(exchange.clone());
        } else {
            state.lost += 1;
        }
        drop(state);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// What waits, once there is something; nothing at the end.
    fn take(&self) -> (VecDeque<Exchange>, u64) {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.waiting.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        (mem::take(&mut state.waiting), mem::take(&mut state.lost))
    }
}

struct Writer {
    queue: Arc<Queue>,
    stream: Stream,
    to_line: fn(&Exchange, bool) -> String,
    progress: mpsc::SyncSender<()>,
}

impl Writer {
    fn write_all(&self) -> io::Result<()> {
        let colour = match self.stream {
            Stream::Stdout => takes_colour(&io::stdout()),
            Stream::Stderr => takes_colour(&io::stderr()),
        };
        loop {
            let (batch, lost) = self.queue.take();
            if batch.is_empty() {
                return Ok(());
            }
            let mut text = String::new();
            for exchange in &batch {
                text.push_str(&(self.to_line)(exchange, colour));
                text.push('\n');
                if text.len() >= PART {
                    self.write(text.as_bytes())?;
                    text.clear();
                }
            }
            self.write(text.as_bytes())?;
            if lost > 0 {
                let note = format!("note: {lost} log lines were lost, for nobody read them\n");
                let _ = io::stderr().lock().write_all(note.as_bytes());
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match self.stream {
            Stream::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()?;
            }
            Stream::Stderr => io::stderr().lock().write_all(bytes)?,
        }
        // Full: nobody has looked since the part before, which is as good.
        let _ = self.progress.try_send(());
        Ok(())
    }
}
