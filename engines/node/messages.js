"use strict";

// What is said, as docs/protocol.md has it: a message a line, and no field that it does not know.

const REQUESTS = {
  "hello": ["version", "interruptible", "features"],
  "script": ["id", "commands"],
  "cancel": ["id"],
  "close-instance": ["instance"],
  "shutdown": [],
};

const COMMANDS = {
  "compile": ["module", "binary", "limits"],
  "instantiate": ["instance", "module", "limits"],
  "register": ["name", "instance"],
  "host": ["name", "functions"],
  "wasi": ["name", "args", "env", "stdin", "seed"],
  "invoke": ["instance", "export", "args", "limits"],
  "get": ["instance", "export"],
  "set": ["instance", "export", "value"],
  "read-memory": ["instance", "export", "offset", "length"],
  "write-memory": ["instance", "export", "offset", "data"],
  "close": ["instance"],
  "drop": ["module", "instance", "registered"],
};

/** One message; throws if it is none. */
function decode(line) {
  const message = check(JSON.parse(line), "say", REQUESTS);
  for (const command of message.commands ?? []) {
    check(command, "do", COMMANDS);
    if (command.limits) checkFields(command.limits, ["timeout", "cancelled"], "limits");
  }
  return message;
}

function check(message, word, known) {
  const fields = Object.hasOwn(known, message[word]) ? known[message[word]] : undefined;
  if (fields === undefined) throw new SyntaxError(`unknown: ${JSON.stringify(message).slice(0, 200)}`);
  return checkFields(message, [word, ...fields], message[word]);
}

function checkFields(message, fields, what) {
  const unknown = Object.keys(message).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw new SyntaxError(`${what} has no field ${JSON.stringify(unknown)}`);
  return message;
}

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

/** Times are written as the integers they are: JSON has no BigInts, and after 104 days no double will do. */
function sayStarted(id, index, at) {
  process.stdout.write(`{"say":"started","id":${id},"index":${index},"at":${at}}\n`);
}

function sayResult(id, index, outcome, started, ended, done) {
  const times = `"started":${started},"ended":${ended}${done === null ? "" : `,"done":${done}`}`;
  process.stdout.write(
    `{"say":"result","id":${id},"index":${index},"outcome":${JSON.stringify(outcome)},${times}}\n`);
}

module.exports = { decode, say, sayStarted, sayResult };
