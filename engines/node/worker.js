"use strict";

// The thread of instances that share an isolate. It does what it is told, one thing after the other, and ends
// only by being terminated.

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { parentPort, workerData } = require("node:worker_threads");
const { keeping } = require("../v8/shims.js");
const { Store, attempt } = require("../v8/store.js");

const asleep = new Int32Array(new SharedArrayBuffer(4));

/** `terminate()` wakes what waits here, and ends it. */
function sleep(milliseconds) {
  Atomics.wait(asleep, 0, 0, milliseconds >>> 0);
}

/** Nothing that is written in JavaScript is deaf to `terminate()`; a call that blocks outside of it is. */
function sleepDeaf(milliseconds) {
  spawnSync("sleep", [String((milliseconds >>> 0) / 1000)]);
}

function cancel() {
  parentPort.postMessage({ cancelled: process.hrtime.bigint() });
}

/** Whatever its context: who is terminated is so wholly, and there is nothing to catch. */
const reenter = () => store.reenter();

const store = new Store({
  "nop": [[], () => {}],
  "sleep": [["i32"], sleep],
  "sleep-deaf": [["i32"], sleepDeaf],
  "cancel": [[], cancel],
  "reenter": [[], reenter],
  "reenter-background": [[], reenter],
  "swallow": [[], reenter],
}, keeping(workerData.modules, (...compiled) => parentPort.postMessage({ compiled })));

const ACTIONS = {
  instantiate({ id, module, binary, providers }) {
    const outcome = store.instantiate(id, module, binary, providers);
    return { outcome, memories: outcome.is === "returned" ? store.sharedMemories(id) : {} };
  },
  invoke: ({ id, name, args }) => ({ outcome: store.invoke(id, name, args) }),
  get: ({ id, name }) => ({ outcome: store.get(id, name) }),
  set: ({ id, name, value }) => ({ outcome: store.set(id, name, value) }),
  read: ({ id, name, ...range }) => ({ outcome: attempt(() => read(store.memory(id, name), range)) }),
  write: ({ id, name, ...range }) => ({ outcome: attempt(() => write(store.memory(id, name), range)) }),
  forget: ({ id }) => ({ outcome: store.forget(id) }),
};

/** How much is hashed at once: OpenSSL counts in 31 bits. */
const PIECE = 2 ** 30;

function read(memory, { offset, length }) {
  const end = length === null ? memory.length : offset + length;
  check(memory, offset, end);
  const digest = createHash("sha256");
  for (let at = offset; at < end; at += PIECE) digest.update(memory.subarray(at, Math.min(at + PIECE, end)));
  const hex = digest.digest("hex");
  const halves = [hex.slice(0, 32), hex.slice(32)].map((half) => ["v128", BigInt(`0x${half}`).toString()]);
  return [["i64", memory.length.toString()], ...halves];
}

function write(memory, { offset, data }) {
  check(memory, offset, offset + data.length);
  memory.set(data, offset);
}

function check(memory, start, end) {
  if (start > end || end > memory.length) throw new RangeError(`from ${start} to ${end} of ${memory.length}`);
}

parentPort.on("message", (message) => parentPort.postMessage(ACTIONS[message.do](message)));
