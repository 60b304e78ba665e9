"use strict";

// The commands of scripts, and what comes of them.

const { ofCompilation } = require("../v8/errors.js");
const { Call, now } = require("./call.js");
const { Instances, Linkage } = require("./instances.js");
const { sayResult, sayStarted } = require("./messages.js");

const HOST = ["nop", "sleep", "sleep-deaf", "cancel", "reenter", "reenter-background", "swallow"];
const RETURNED = { is: "returned" };

const failed = (message) => ({ is: "failed", message: message.slice(0, 4096) });
const interrupted = (cause) => ({ is: "interrupted", cause });

class Unknown extends Error {}

class Session {
  constructor(interruptible) {
    this.interruptible = interruptible;
    this.modules = new Map();
    this.instances = new Instances();
    /** The calls that run and have limits, by the id of their script. */
    this.calls = new Map();
    this.scripts = 0;
  }

  async run(script) {
    this.scripts++;
    for (const [index, command] of script.commands.entries()) {
      const started = now();
      const call = new Call(command.limits ?? null, started);
      if (call.limited) {
        this.calls.set(script.id, call);
        sayStarted(script.id, index, started);
      }
      const outcome = await this.outcome(command, call);
      const ended = now();
      this.calls.delete(script.id);
      sayResult(script.id, index, outcome, started, ended, call.end());
    }
    this.scripts--;
  }

  /** Whether any command has not been answered yet. */
  get busy() {
    return this.scripts > 0;
  }

  cancel(script) {
    this.calls.get(script)?.cancel();
  }

  closeInstance(name) {
    const instance = this.instances.named.get(name);
    if (instance === undefined) return;
    instance.closed ??= "closed";
    if (!this.interruptible) return;
    const { isolate } = instance;
    for (const call of isolate.calls) {
      if (call.instance.reaches(instance)) isolate.interrupt(call, "closed");
    }
  }

  async outcome(command, call) {
    try {
      return await this[command.do](command, call);
    } catch (error) {
      return failed(error instanceof Unknown ? error.message : error.stack);
    }
  }

  async compile({ module, binary }) {
    const bytes = new Uint8Array(Buffer.from(binary, "base64"));
    try {
      this.modules.set(module, { module: await WebAssembly.compile(bytes), binary: bytes });
      return RETURNED;
    } catch (error) {
      return ofCompilation(error);
    }
  }

  async instantiate({ instance: name, module }, call) {
    const compiled = known(this.modules, "module", module);
    const linkage = new Linkage(WebAssembly.Module.imports(compiled.module), this.instances.registered);
    const refused = linkage.uses.map(({ isolate }) => isolate.cause).find(Boolean) ?? this.expired(call);
    if (refused) return interrupted(refused);
    const instance = this.instances.place(linkage);
    const message = { do: "instantiate", id: instance.id, ...compiled, providers: linkage.providers };
    const { outcome, memories } = await this.ask(instance, message, call);
    instance.memories = memories ?? {};
    if (outcome.is === "returned") this.instances.put(this.instances.named, name, instance);
    else this.instances.forget(instance);
    return outcome;
  }

  register({ name, instance }) {
    this.instances.put(this.instances.registered, name, this.instance(instance));
    return RETURNED;
  }

  host({ name, functions }) {
    const unheard = functions.find((wanted) => !HOST.includes(wanted));
    if (unheard !== undefined) return failed(`no host function ${JSON.stringify(unheard)}`);
    this.instances.put(this.instances.registered, name, functions);
    return RETURNED;
  }

  wasi() {
    return { is: "unsupported", message: "WASI" };
  }

  async invoke({ instance: of, export: name, args = [] }, call) {
    const instance = this.instance(of);
    instance.closed ??= this.expired(call);
    if (instance.refused) return interrupted(instance.refused);
    return (await this.ask(instance, { do: "invoke", id: instance.id, name, args }, call)).outcome;
  }

  get({ instance, export: name }) {
    return this.state(instance, { do: "get", name });
  }

  set({ instance, export: name, value }) {
    return this.state(instance, { do: "set", name, value });
  }

  "read-memory"({ instance, export: name, offset = 0, length = null }) {
    return this.state(instance, { do: "read", name, offset, length });
  }

  "write-memory"({ instance, export: name, offset, data }) {
    return this.state(instance, { do: "write", name, offset, data: Buffer.from(data, "base64") });
  }

  close({ instance }) {
    this.instance(instance);
    this.closeInstance(instance);
    return RETURNED;
  }

  drop({ module, instance, registered }) {
    const { named, registered: providers } = this.instances;
    if (module) this.modules.delete(module);
    if (instance) this.instances.put(named, instance, undefined);
    if (registered) this.instances.put(providers, registered, undefined);
    return RETURNED;
  }

  /** Why a call must not even begin; null: it may. */
  expired(call) {
    return this.interruptible ? call.cause : null;
  }

  /** Let a call run until it ends, or until its context is done, if that ends calls. */
  ask(instance, message, call) {
    const { isolate } = instance;
    call.instance = instance;
    if (this.interruptible) {
      call.onDone = (cause) => isolate.interrupt(call, cause);
    }
    return isolate.ask(message, call);
  }

  /** Read or write an instance from outside, also a closed one, as long as its isolate is there. */
  async state(name, message) {
    const { id, isolate } = this.instance(name);
    return (await isolate.ask({ ...message, id })).outcome;
  }

  instance(name) {
    return known(this.instances.named, "instance", name);
  }
}

function known(names, kind, name) {
  if (!names.has(name)) throw new Unknown(`no ${kind} named ${JSON.stringify(name)}`);
  return names.get(name);
}

module.exports = { Session };
