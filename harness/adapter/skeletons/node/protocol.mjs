// What both sides of the adapter know: contexts, and what comes of a command. Nothing here depends on the engine.

const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds

// CLOCK_MONOTONIC in nanoseconds, the clock of all processes on the machine.
export const now = () => process.hrtime.bigint();

// What came of a command other than that it returned, to be thrown.
export class Outcome extends Error {
  constructor(fields) {
    super(fields.is);
    this.fields = fields;
  }
}

export const malformed = (message) => new Outcome({ is: "malformed", message });
export const invalid = (message) => new Outcome({ is: "invalid", message });
export const unlinkable = (message) => new Outcome({ is: "unlinkable", message });
export const unsupported = (message) => new Outcome({ is: "unsupported", message });
export const trapped = (kind) => new Outcome({ is: "trapped", kind }); // in the words of the official test suite
export const exhausted = () => new Outcome({ is: "exhausted" });
export const uncaught = () => new Outcome({ is: "uncaught" });
export const interrupted = (cause) => new Outcome({ is: "interrupted", cause }); // deadline, cancelled, closed

// What a command runs under: done at a deadline or a cancel, whichever comes first.
export class Context {
  #deadline = null;
  #cause = null;
  #timer;
  #finish;
  done = null; // when, in nanoseconds
  // Resolved when it is done, for an engine that is told and does not ask.
  finished = new Promise((resolve) => (this.#finish = resolve));

  constructor(limits, started) {
    if (limits?.timeout != null) {
      this.#deadline = started + BigInt(limits.timeout);
      const left = Number(this.#deadline - started) / 1e6;
      this.#timer = setTimeout(() => this.cause, Math.min(Math.max(left, 0), LONGEST_TIMER));
    }
    if (limits?.cancelled) this.finish("cancelled");
  }

  // "deadline" or "cancelled", null as long as it is not done.
  get cause() {
    if (this.#cause === null && this.#deadline !== null && now() >= this.#deadline) {
      this.finish("deadline", this.#deadline);
    }
    return this.#cause;
  }

  finish(cause, at = now()) {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.done = at;
    this.#finish(cause);
  }

  release() {
    clearTimeout(this.#timer);
  }
}
