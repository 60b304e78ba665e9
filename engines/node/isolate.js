"use strict";

// A worker thread, as its owner sees it: calls one after the other, and an end that takes everything with it.

const path = require("node:path");
const { Worker } = require("node:worker_threads");

class Isolate {
  constructor() {
    this.worker = new Worker(path.join(__dirname, "worker.js"));
    this.instances = new Set();
    /** Why it was stopped; null: it was not. */
    this.cause = null;
    this.tasks = [];
    this.worker.on("message", (message) => this.heard(message));
    this.worker.on("error", (error) => this.end({ is: "failed", message: `the thread has ended: ${error}` }));
    this.worker.on("exit", () => this.end({ is: "interrupted", cause: this.cause ?? "closed" }));
  }

  /** What a message comes to: `{outcome, ...}`. `call` is told when it begins, and heard if it cancels itself. */
  ask(message, call = null) {
    if (this.ended) return Promise.resolve({ outcome: this.ended });
    return new Promise((resolve) => {
      this.tasks.push({ message, call, resolve });
      if (this.tasks.length === 1) this.worker.postMessage(message);
    });
  }

  /** The call that runs. */
  get running() {
    return this.tasks[0]?.call ?? null;
  }

  /** Take back what has not begun yet. Whether that was so. */
  withdraw(call, outcome) {
    const index = this.tasks.findIndex((task) => task.call === call);
    if (index < 1) return false;
    this.tasks.splice(index, 1)[0].resolve({ outcome });
    return true;
  }

  /** End whatever runs, and all instances; what asked for something is answered when the thread has ended. */
  stop(cause) {
    this.cause ??= cause;
    this.worker.terminate();
  }

  heard(message) {
    if (message.cancelled !== undefined) {
      this.running?.cancel(message.cancelled);
    } else if (this.cause === null) {
      this.tasks.shift().resolve(message);
      if (this.tasks.length > 0) this.worker.postMessage(this.tasks[0].message);
    } // what comes after the end was ordered has lost its instance already
  }

  end(outcome) {
    this.ended ??= outcome;
    for (const { resolve } of this.tasks.splice(0)) resolve({ outcome: this.ended });
  }
}

module.exports = { Isolate };
