//! The context of a command: when it is done, and why.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustix::time::{ClockId, clock_gettime};

use crate::messages::{Cause, Limits};

/// CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine.
pub fn now() -> i64 {
    let at = clock_gettime(ClockId::Monotonic);
    at.tv_sec * 1_000_000_000 + at.tv_nsec
}

/// Wakes all who sleep, so that they look whether to go on.
#[derive(Default)]
pub struct Bell {
    mutex: Mutex<()>,
    condition: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        let _nobody_falls_asleep = self.mutex.lock();
        self.condition.notify_all();
    }
}

pub struct Context {
    bell: Arc<Bell>,
    limited: bool,
    /// Of the command that runs; None in that one's own.
    command: Option<Arc<Context>>,
    deadline: Option<i64>,
    done: Mutex<Option<(Cause, i64)>>,
}

impl Context {
    /// One that is never done without limits; `started` is when the command began.
    pub fn new(limits: Option<&Limits>, started: i64, bell: &Arc<Bell>) -> Arc<Context> {
        let timeout = limits.and_then(|limits| limits.timeout);
        let context = Context {
            bell: bell.clone(),
            limited: limits.is_some(),
            command: None,
            deadline: timeout.map(|timeout| started.saturating_add(timeout)),
            done: Mutex::new(None),
        };
        if limits.is_some_and(|limits| limits.cancelled) {
            context.cancel();
        }
        Arc::new(context)
    }

    /// A context that is never done, for a call within a call.
    pub fn background(self: &Arc<Context>) -> Arc<Context> {
        Arc::new(Context {
            bell: self.bell.clone(),
            limited: false,
            command: Some(self.command.as_ref().unwrap_or(self).clone()),
            deadline: None,
            done: Mutex::new(None),
        })
    }

    /// Cancel what the command that runs was given, from wherever in it.
    pub fn cancel(&self) {
        if let Some(command) = &self.command {
            command.cancel();
        }
        if self.limited {
            let mut done = self.done.lock();
            self.look(&mut done);
            done.get_or_insert_with(|| (Cause::Cancelled, now()));
            drop(done);
            self.bell.ring();
        }
    }

    /// Why it is done; None while it is not.
    pub fn cause(&self) -> Option<Cause> {
        self.done_at().map(|(cause, _)| cause)
    }

    /// Why and since when it is done.
    pub fn done_at(&self) -> Option<(Cause, i64)> {
        let mut done = self.done.lock();
        self.look(&mut done);
        *done
    }

    /// Sleeps for some nanoseconds, or until there is a cause to wake up.
    pub fn sleep(&self, duration: i64, cause: impl Fn() -> Option<Cause>) -> Option<Cause> {
        let end = now().saturating_add(duration);
        let alarm = end.min(self.deadline.unwrap_or(i64::MAX));
        let mut sleeping = self.bell.mutex.lock();
        loop {
            let found = cause();
            let left = alarm - now();
            if found.is_some() || left <= 0 {
                return found.or_else(cause);
            }
            self.bell.condition.wait_for(&mut sleeping, Duration::from_nanos(left as u64));
        }
    }

    fn look(&self, done: &mut Option<(Cause, i64)>) {
        if done.is_none() {
            let passed = self.deadline.filter(|deadline| now() >= *deadline);
            *done = passed.map(|deadline| (Cause::Deadline, deadline));
        }
    }
}
