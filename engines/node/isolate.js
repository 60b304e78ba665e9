"use strict";

// A worker thread, as its owner sees it: calls one after the other, and an end that takes everything with it.

const path = require("node:path");
const { Worker } = require("node:worker_threads");

/** Modules of our own, by their bytes: what a thread has compiled itself, Node does not free when it is terminated. */
const modules = new Map();

class Isolate {
  constructor() {
    this.worker = new Worker(path.join(__dirname, "worker.js"), { workerData: { modules } });
    this.instances = new Set();
    /** Why it was stopped; null: it was not. */
    this.cause = null;
    this.tasks = [];
    this.worker.on("message", (message) => this.heard(message));
    this.worker.on("error", (error) => this.end({ is: "failed", message: `the thread has ended: ${error}` }));
    this.worker.on("exit", () => this.end({ is: "interrupted", cause: this.cause ?? "closed" }));
  }

  /** What a message comes to: `{outcome, ...}`. `call` is what it belongs to, if it enters the guest. */
  ask(message, call = null) {
    if (this.ended) return Promise.resolve({ outcome: this.ended });
    return new Promise((resolve) => {
      this.tasks.push({ message, call, resolve });
      if (this.tasks.length === 1) this.worker.postMessage(message);
    });
  }

  /** The calls that have been asked for and not answered, the one that runs first. */
  get calls() {
    return this.tasks.map(({ call }) => call).filter((call) => call !== null);
  }

  /** End a call: one that has not begun is taken back, for one that runs the thread has to end. */
  interrupt(call, cause) {
    const index = this.tasks.findIndex((task) => task.call === call);
    if (index > 0) this.tasks.splice(index, 1)[0].resolve({ outcome: { is: "interrupted", cause } });
    else this.stop(cause);
  }

  /** End whatever runs, and all instances; what asked for something is answered when the thread has ended. */
  stop(cause) {
    this.cause ??= cause;
    this.worker.terminate();
  }

  heard(message) {
    if (message.compiled !== undefined) {
      modules.set(...message.compiled);
    } else if (message.cancelled !== undefined) {
      this.calls[0].cancel(message.cancelled);
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
