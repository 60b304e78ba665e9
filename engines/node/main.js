"use strict";

// An engine of stopwat: V8, as Node embeds it, behind the protocol of docs/protocol.md, on standard input and
// output. This thread speaks; instances live in worker threads, and `worker.terminate()` is what ends a call.

const { features } = require("../v8/features.js");
const { decode, say } = require("./messages.js");
const { Session } = require("./session.js");

const NAME = process.argv[2] ?? "node";
let session = null;

function heed(message) {
  if (session === null) return greet(message);
  switch (message.say) {
    case "script": session.run(message); break;
    case "cancel": session.cancel(message.id); break;
    case "close-instance": session.closeInstance(message.instance); break;
    case "shutdown": process.exit(0); // which waits for the end of all threads
    default: throw new SyntaxError(`out of place: ${message.say}`);
  }
}

function greet({ say: word, version = 1, interruptible = false, features: wanted = null }) {
  if (word !== "hello" || version !== 1) throw new SyntaxError("expected hello, version 1");
  session = new Session(interruptible);
  say({
    say: "welcome",
    engine: NAME,
    engine_version: process.versions.node,
    capabilities: {
      features: features().filter((name) => wanted === null || wanted.includes(name)),
      interrupts: "terminate",
      after_interrupt: "gone",
      covers: ["instantiate", "host", "blocking"], // not compilation, which goes on in other threads
    },
  });
}

/** Nobody is there to tell us to end; and a thread that does not end must not keep us, as it keeps `exit`. */
function abandoned() {
  if (session?.busy) process.kill(process.pid, "SIGKILL");
  process.exit(1);
}

let partial = [];
process.stdin.on("end", abandoned);
process.stdin.on("data", (chunk) => {
  let start = 0;
  for (let end; (end = chunk.indexOf("\n", start)) >= 0; start = end + 1) {
    const line = Buffer.concat([...partial, chunk.subarray(start, end)]);
    partial = [];
    heed(decode(line.toString()));
  }
  partial.push(chunk.subarray(start));
});
process.on("uncaughtException", (error) => {
  console.error(`stopwat node: ${error.stack}`);
  process.exit(1);
});
