//! What all parts of the adapter know: values, outcomes, contexts. Nothing here depends on the engine.

use std::sync::Mutex;

use crate::json::quote;

/// A value: its type, and its bits as an unsigned decimal number, None for a null reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub kind: String,
    pub bits: Option<String>,
}

impl Value {
    pub fn new(kind: &str, bits: impl ToString) -> Value {
        Value {
            kind: kind.to_string(),
            bits: Some(bits.to_string()),
        }
    }

    pub fn json(&self) -> String {
        let bits = self
            .bits
            .as_ref()
            .map_or(String::from("null"), |bits| quote(bits));
        format!("[{},{}]", quote(&self.kind), bits)
    }
}

/// What came of a command other than that it returned. An engine uses those that it has a use for.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Malformed(String),
    Invalid(String),
    Unlinkable(String),
    Unsupported(String),
    /// In the words of the official test suite.
    Trapped(&'static str),
    Exhausted,
    Uncaught,
    Interrupted(Cause),
    Failed(String),
}

/// What a command comes to.
pub type Answer = Result<Vec<Value>, Outcome>;

const LONGEST_MESSAGE: usize = 4096;

impl Outcome {
    pub fn json(&self) -> String {
        let (is, field, text) = match self {
            Outcome::Malformed(message) => ("malformed", "message", message.as_str()),
            Outcome::Invalid(message) => ("invalid", "message", message.as_str()),
            Outcome::Unlinkable(message) => ("unlinkable", "message", message.as_str()),
            Outcome::Unsupported(message) => ("unsupported", "message", message.as_str()),
            Outcome::Failed(message) => ("failed", "message", message.as_str()),
            Outcome::Trapped(kind) => ("trapped", "kind", *kind),
            Outcome::Interrupted(cause) => ("interrupted", "cause", cause.name()),
            Outcome::Exhausted => return String::from(r#"{"is":"exhausted"}"#),
            Outcome::Uncaught => return String::from(r#"{"is":"uncaught"}"#),
        };
        let text: String = text.chars().take(LONGEST_MESSAGE).collect();
        format!(r#"{{"is":"{is}","{field}":{}}}"#, quote(&text))
    }
}

/// Why a call is stopped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    Deadline,
    Cancelled,
    Closed,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Cause::Deadline => "deadline",
            Cause::Cancelled => "cancelled",
            Cause::Closed => "closed",
        }
    }
}

/// What a command runs under: done at a deadline or a cancel, whichever comes first.
pub struct Context {
    deadline: Option<i64>,
    cancelled_at: Mutex<Option<i64>>,
}

impl Context {
    /// The deadline is CLOCK_MONOTONIC nanoseconds.
    pub fn new(deadline: Option<i64>) -> Context {
        Context {
            deadline,
            cancelled_at: Mutex::new(None),
        }
    }

    pub fn cancel(&self) {
        if self.cause().is_none() {
            *self.cancelled_at.lock().unwrap() = Some(now());
        }
    }

    /// Why it is done, None as long as it is not.
    pub fn cause(&self) -> Option<Cause> {
        if self.cancelled_at.lock().unwrap().is_some() {
            return Some(Cause::Cancelled);
        }
        self.deadline
            .filter(|deadline| now() >= *deadline)
            .map(|_| Cause::Deadline)
    }

    /// When it was done, None if it is not.
    pub fn done(&self) -> Option<i64> {
        match self.cause() {
            Some(Cause::Deadline) => self.deadline,
            _ => *self.cancelled_at.lock().unwrap(),
        }
    }
}

/// CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine; std::time does not tell it.
pub fn now() -> i64 {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: i64,
    }
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    }
    const CLOCK_MONOTONIC: i32 = if cfg!(target_os = "macos") { 6 } else { 1 };
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the C library, which is linked anyway, writes one timespec.
    let status = unsafe { clock_gettime(CLOCK_MONOTONIC, &mut time) };
    assert_eq!(status, 0, "there is no CLOCK_MONOTONIC");
    time.seconds * 1_000_000_000 + time.nanoseconds
}
