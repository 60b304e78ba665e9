// An adapter of stopwat: an engine behind the protocol, on standard input and output. What depends on the engine
// is in engine.mjs, and nowhere else.

import { Commands } from "./commands.mjs";
import { NAME, VERSION, Engine, capabilities } from "./engine.mjs";
import { Context, Outcome, now } from "./protocol.mjs";

// The fields of every message and of every command, as docs/protocol.md of stopwat has them.
const REQUESTS = {
  hello: ["version", "interruptible", "features"],
  script: ["id", "commands"],
  cancel: ["id"],
  "close-instance": ["instance"],
  shutdown: [],
};
const COMMANDS = {
  compile: ["module", "binary", "limits"],
  instantiate: ["instance", "module", "limits"],
  register: ["name", "instance"],
  host: ["name", "functions"],
  wasi: ["name", "args", "env", "stdin", "seed"],
  invoke: ["instance", "export", "args", "limits"],
  get: ["instance", "export"],
  set: ["instance", "export", "value"],
  "read-memory": ["instance", "export", "offset", "length"],
  "write-memory": ["instance", "export", "offset", "data"],
  close: ["instance"],
  drop: ["module", "instance", "registered"],
};
const LONGEST_MESSAGE = 4096;

let commands = null; // once it has been greeted
const contexts = new Map(); // of the commands that run and have limits, by the id of their script

function say(message, times = {}) {
  // Times are BigInts, since they may be beyond what a number of JavaScript can hold.
  const fields = Object.entries(times).map(([name, time]) => `,"${name}":${time}`);
  process.stdout.write(`${JSON.stringify(message).slice(0, -1)}${fields.join("")}}\n`);
}

function refuse(what) {
  process.stderr.write(`my-engine: ${what}\n`);
  process.exit(1);
}

function known(table, kind, message) {
  const fields = table[message[kind]];
  if (!Object.hasOwn(table, message[kind])) refuse(`unknown ${kind} ${JSON.stringify(message[kind])}`);
  for (const field of Object.keys(message)) {
    if (field !== kind && !fields.includes(field)) refuse(`unknown field ${JSON.stringify(field)}`);
  }
}

function heed(line) {
  let message;
  try {
    message = JSON.parse(line);
  } catch (error) {
    refuse(error.message);
  }
  known(REQUESTS, "say", message);
  if ((message.say === "hello") !== (commands === null)) refuse(`${message.say} at the wrong time`);
  switch (message.say) {
    case "hello":
      return greet(message);
    case "script":
      for (const command of message.commands) known(COMMANDS, "do", command);
      return runScript(message);
    case "cancel":
      return contexts.get(message.id)?.finish("cancelled");
    case "close-instance":
      return commands.instances.get(message.instance)?.close();
    case "shutdown":
      return process.exit(0);
  }
}

function greet(hello) {
  if ((hello.version ?? 1) !== 1) refuse(`version ${hello.version} of the protocol is unknown`);
  const wanted = hello.features ?? capabilities.features;
  const features = capabilities.features.filter((feature) => wanted.includes(feature));
  try {
    commands = new Commands(new Engine(hello.interruptible ?? false, features));
  } catch (error) {
    say({ say: "unavailable", reason: error.message });
    return process.exit(0);
  }
  say({ say: "welcome", engine: NAME, engine_version: VERSION, capabilities: { ...capabilities, features } });
}

// Runs commands in order and answers each; other scripts go on whenever the engine waits.
async function runScript({ id, commands: script }) {
  for (const [index, command] of script.entries()) {
    const started = now();
    const context = new Context(command.limits, started);
    if (command.limits) {
      contexts.set(id, context);
      say({ say: "started", id, index }, { at: started });
    }
    const outcome = await outcomeOf(command, context);
    const times = { started, ended: now() };
    contexts.delete(id);
    context.release();
    if (context.done !== null) times.done = context.done;
    say({ say: "result", id, index, outcome }, times);
  }
}

async function outcomeOf(command, context) {
  try {
    return { is: "returned", values: (await commands.run(command, context)) ?? [] };
  } catch (error) {
    const outcome = error instanceof Outcome ? error.fields : { is: "failed", message: `${error}` };
    return outcome.message ? { ...outcome, message: outcome.message.slice(0, LONGEST_MESSAGE) } : outcome;
  }
}

// Not node:readline, which takes U+2028 for the end of a line.
let pieces = [];
process.stdin.on("data", (chunk) => {
  for (let end; (end = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(end + 1)) {
    const line = Buffer.concat([...pieces, chunk.subarray(0, end)]);
    pieces = [];
    heed(line.toString());
  }
  pieces.push(chunk);
});
process.stdin.on("end", () => process.exit(0));
