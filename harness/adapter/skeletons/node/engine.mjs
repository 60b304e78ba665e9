// The engine. Replace this file by one that has the same names and calls yours: what is here is a toy. It runs
// functions of constants, parameters, `unreachable` and endless loops, and says of all else that it does not
// offer it.
//
// There is one thread, so an engine has to let go of it now and then, as `poll` does; one that cannot, such as
// JavaScript's own WebAssembly, belongs into a node:worker_threads worker, which can be terminated.

import { setImmediate } from "node:timers/promises";

import { interrupted, invalid, malformed, trapped, unsupported } from "./protocol.mjs";

export const NAME = "my-engine";
export const VERSION = "0";
export const capabilities = {
  features: ["mvp"],
  interrupts: "polls",
  after_interrupt: "closed",
  covers: [],
  imports: [],
};

const UNREACHABLE = 0x00;
const LOOP = 0x03;
const END = 0x0b;
const LOCAL_GET = 0x20;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
// What follows LOOP in a loop that does nothing for ever: its type, a branch to itself, its end.
const ENDLESS = Buffer.from([0x40, 0x0c, 0, END]);

export class Engine {
  // `features` are those of `capabilities` that are wanted. Throws an Error if it cannot work here.
  constructor(interruptible, features) {
    this.interruptible = interruptible;
    this.features = features;
  }

  // Decodes and validates a Buffer; throws malformed, invalid or unsupported.
  compile(binary) {
    if (binary.subarray(0, 8).toString("latin1") !== "\0asm\x01\0\0\0") {
      throw malformed("no magic number, or another version");
    }
    return read(new Reader(binary.subarray(8)));
  }

  // Links and runs active segments and the start function, all under `context`; `imports` is a Map.
  instantiate(module, imports, context) {
    return new Instance(this, module);
  }
}

class Instance {
  #cause = null; // why it is closed, null if it is not

  constructor(engine, module) {
    this.engine = engine;
    this.module = module;
  }

  // Calls an exported function; values are pairs of a type and bits, a decimal number in a string.
  async invoke(name, args, context) {
    const body = this.module.get(name);
    if (body === undefined) throw new Error(`no exported function ${JSON.stringify(name)}`);
    if (this.#cause !== null) throw interrupted(this.#cause);
    const stack = [];
    for (const { opcode, value, local } of body) {
      if (opcode === UNREACHABLE) throw trapped("unreachable");
      while (opcode === LOOP) await this.#poll(context);
      stack.push(opcode === LOCAL_GET ? args[local] : value);
    }
    return stack;
  }

  // Lets others go on, and says whether to stop; after that the instance is closed.
  async #poll(context) {
    await setImmediate();
    if (!this.engine.interruptible) return;
    this.#cause ??= context.cause;
    if (this.#cause !== null) throw interrupted(this.#cause);
  }

  get(name) {
    throw unsupported("globals");
  }

  set(name, value) {
    throw unsupported("globals");
  }

  // The bytes themselves, as a Uint8Array.
  memory(name) {
    throw unsupported("memories");
  }

  // Interrupts the calls that run in it; later ones are refused.
  close() {
    this.#cause ??= "closed";
  }
}

// From here on: how the toy reads modules.

class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  get more() {
    return this.at < this.bytes.length;
  }

  byte() {
    if (!this.more) throw malformed("unexpected end");
    return this.bytes[this.at++];
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw malformed("unexpected end");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  leb(signed) {
    for (let number = 0n, shift = 0n; ; ) {
      const byte = BigInt(this.byte());
      number |= (byte & 0x7fn) << shift;
      shift += 7n;
      if (byte < 0x80n) return signed && byte & 0x40n ? number - (1n << shift) : number;
    }
  }

  u32() {
    return Number(this.leb(false));
  }
}

function read(reader) {
  const results = []; // how many, by type
  const types = [];
  const bodies = [];
  const exports = new Map();
  while (reader.more) {
    const id = reader.byte();
    const content = new Reader(reader.take(reader.u32()));
    if (id === 0) continue; // a custom section says nothing to us
    if (![1, 3, 7, 10].includes(id)) throw unsupported(`section ${id}`);
    for (let count = content.u32(); count > 0; count--) {
      if (id === 1) {
        content.byte();
        content.take(content.u32());
        results.push(content.take(content.u32()).length);
      } else if (id === 3) {
        types.push(content.u32());
      } else if (id === 7) {
        const name = content.take(content.u32()).toString();
        if (content.byte() !== 0) throw unsupported("exports of other kinds than functions");
        exports.set(name, content.u32());
      } else {
        bodies.push(readBody(new Reader(content.take(content.u32())), results[types[bodies.length]]));
      }
    }
  }
  return new Map([...exports].map(([name, index]) => [name, bodies[index]]));
}

function readBody(reader, results) {
  if (reader.u32() !== 0) throw unsupported("locals");
  const body = [];
  let height = 0;
  let reachable = true;
  for (let opcode; (opcode = reader.byte()) !== END; ) {
    const one = { opcode };
    switch (opcode) {
      case UNREACHABLE:
        reachable = false;
        break;
      case LOOP:
        if (!reader.take(4).equals(ENDLESS)) throw unsupported("loops that do more than go on");
        reachable = false;
        break;
      case LOCAL_GET:
        one.local = reader.u32();
        height++;
        break;
      case I32_CONST:
        one.value = ["i32", `${BigInt.asUintN(32, reader.leb(true))}`];
        height++;
        break;
      case I64_CONST:
        one.value = ["i64", `${BigInt.asUintN(64, reader.leb(true))}`];
        height++;
        break;
      default:
        throw unsupported(`instruction 0x${opcode.toString(16)}`);
    }
    body.push(one);
  }
  if (reachable && height !== results) throw invalid(`${height} values are left, not ${results}`);
  return body;
}
