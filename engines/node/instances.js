"use strict";

// Instances, the names they are kept under, and in which isolates they live.

const { Isolate } = require("./isolate.js");

class Instance {
  /** `uses`: the instances it imports from. */
  constructor(id, isolate, uses) {
    this.id = id;
    this.isolate = isolate;
    this.uses = uses;
    /** Exported memories that are shared: what can be sent from one isolate to another. */
    this.memories = {};
    /** Why it was closed; null: it was not. */
    this.closed = null;
    /** Names and registrations that keep it. */
    this.users = 0;
  }

  /** Why calls of it are refused; null: they are not. */
  get refused() {
    return this.closed ?? this.isolate.cause;
  }

  /** Whether a call of this one may come to the other. */
  reaches(other) {
    return this === other || this.uses.some((instance) => instance.reaches(other));
  }
}

/** Where imports come from, and so in which isolate their importer must live. */
class Linkage {
  constructor(imports, registered) {
    /** Module name -> what `Store.instantiate` takes. */
    this.providers = new Map();
    this.uses = [];
    this.shares = false;
    for (const name of new Set(imports.map(({ module }) => module))) {
      const provider = registered.get(name);
      const wanted = imports.filter(({ module }) => module === name);
      if (Array.isArray(provider)) {
        this.providers.set(name, { functions: provider });
      } else if (provider && wanted.every((entry) => Object.hasOwn(provider.memories, entry.name))) {
        this.providers.set(name, { memories: provider.memories });
        this.shares = true;
      } else if (provider) {
        this.providers.set(name, { instance: provider.id });
        this.uses.push(provider);
      }
    }
  }
}

class Instances {
  constructor() {
    this.named = new Map();
    /** Module name -> an instance, or the names of host functions. */
    this.registered = new Map();
    this.count = 0;
  }

  /**
   * An instance that is still to be made. It has an isolate of its own, so that it can be stopped alone,
   * unless it needs what another one exports, or might be needed together with one that is registered.
   */
  place({ uses, shares }) {
    const neighbour = uses[0] ?? (shares ? undefined : this.importable());
    const isolate = neighbour?.isolate ?? new Isolate();
    const instance = new Instance(++this.count, isolate, uses);
    isolate.instances.add(instance);
    return instance;
  }

  /** Keep something under a name, and let go of what had it; undefined: nothing instead. */
  put(names, name, value) {
    const before = names.get(name);
    if (value instanceof Instance) value.users++;
    if (value === undefined) names.delete(name);
    else names.set(name, value);
    if (before instanceof Instance && --before.users === 0) this.forget(before);
  }

  forget(instance) {
    const { isolate } = instance;
    isolate.instances.delete(instance);
    if (isolate.instances.size === 0) isolate.stop("closed");
    else isolate.ask({ do: "forget", id: instance.id });
  }

  importable() {
    const named = new Set(this.named.values());
    const candidates = Array.from(this.registered.values()).filter((provider) => named.has(provider));
    return candidates.find(({ isolate }) => isolate.cause === null);
  }
}

module.exports = { Instance, Instances, Linkage };
