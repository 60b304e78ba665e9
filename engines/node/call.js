"use strict";

// A command that runs: its context, and what is to be done when that is done.

/** The longest that a timer of Node's can wait (ms). */
const LONGEST = 2 ** 31 - 1;
const MILLISECOND = 1_000_000n;

/** CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine. */
const now = () => process.hrtime.bigint();

class Call {
  constructor(limits, started) {
    this.cause = null;
    this.doneAt = null;
    this.limited = limits !== null;
    /** Called once, when the context is done. */
    this.onDone = () => {};
    this.timer = null;
    if (limits?.cancelled) this.finish("cancelled", started);
    this.deadline = typeof limits?.timeout === "number" ? started + BigInt(limits.timeout) : null;
    this.watch();
  }

  /** Make the context done, if it has limits: without, it never is. */
  cancel(at = now()) {
    if (this.limited) this.finish("cancelled", at);
  }

  /** Let go of the timer; when the context was done, null if it was not. */
  end() {
    this.onDone = () => {};
    this.watch();
    clearTimeout(this.timer);
    return this.doneAt;
  }

  watch() {
    if (this.deadline === null || this.cause !== null) return;
    const left = this.deadline - now();
    if (left <= 0n) {
      this.finish("deadline", this.deadline);
    } else {
      clearTimeout(this.timer);
      const milliseconds = left / MILLISECOND; // a timer may be early: then the rest is waited for
      this.timer = setTimeout(() => this.watch(), Math.min(Number(milliseconds), LONGEST));
    }
  }

  finish(cause, at) {
    if (this.cause !== null) return;
    this.cause = cause;
    this.doneAt = at;
    clearTimeout(this.timer);
    this.onDone(cause);
  }
}

module.exports = { Call, now };
