// The commands of the protocol, on behalf of scripts. Nothing here depends on the engine.

import { createHash } from "node:crypto";

import { unsupported } from "./protocol.mjs";

export class Commands {
  modules = new Map();
  instances = new Map();
  imports = new Map(); // instances, by the module name that imports have

  constructor(engine) {
    this.engine = engine;
  }

  // The values that a command returns; what else comes of it is thrown.
  run(command, context) {
    return this[command.do](command, context);
  }

  async compile({ module, binary }) {
    this.modules.set(module, await this.engine.compile(Buffer.from(binary, "base64")));
  }

  async instantiate({ instance, module }, context) {
    const compiled = named(this.modules, "module", module);
    this.instances.set(instance, await this.engine.instantiate(compiled, new Map(this.imports), context));
  }

  register({ name, instance }) {
    this.imports.set(name, named(this.instances, "instance", instance));
  }

  host() {
    throw unsupported("functions of the host");
  }

  wasi() {
    throw unsupported("WASI");
  }

  invoke({ instance, export: name, args }, context) {
    return named(this.instances, "instance", instance).invoke(name, args ?? [], context);
  }

  get({ instance, export: name }) {
    return [named(this.instances, "instance", instance).get(name)];
  }

  set({ instance, export: name, value }) {
    named(this.instances, "instance", instance).set(name, value);
  }

  // The size, and the digest of a range in two halves.
  "read-memory"({ instance, export: name, offset = 0, length = null }) {
    const memory = named(this.instances, "instance", instance).memory(name);
    const end = length === null ? memory.length : offset + length;
    if (offset > memory.length || end > memory.length) throw new RangeError(`${offset} to ${end}`);
    const digest = createHash("sha256").update(memory.subarray(offset, end)).digest("hex");
    const halves = [digest.slice(0, 32), digest.slice(32)].map((half) => ["v128", `${BigInt(`0x${half}`)}`]);
    return [["i64", `${memory.length}`], ...halves];
  }

  "write-memory"({ instance, export: name, offset, data }) {
    const memory = named(this.instances, "instance", instance).memory(name);
    memory.set(Buffer.from(data, "base64"), offset); // a RangeError beyond the end
  }

  close({ instance }) {
    named(this.instances, "instance", instance).close();
  }

  drop({ module = null, instance = null, registered = null }) {
    this.modules.delete(module);
    this.instances.delete(instance);
    this.imports.delete(registered);
  }
}

function named(things, kind, name) {
  if (!things.has(name)) throw new Error(`no ${kind} named ${JSON.stringify(name)}`);
  return things.get(name);
}
