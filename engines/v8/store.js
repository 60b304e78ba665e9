"use strict";

// Instances that share an isolate, and so may import from each other.

const { Syntax } = require("./binary.js");
const { failed, ofCall, ofInstantiation } = require("./errors.js");
const { Shims, keeping, typed } = require("./shims.js");
const { Values } = require("./values.js");

const returned = (values) => ({ is: "returned", values });

class Store {
  /**
   * `host`: the functions that a host module may offer: name -> types of parameters, and body. `compile`: what
   * makes modules of our own.
   */
  constructor(host, compile = keeping()) {
    this.host = host;
    this.compile = compile;
    this.shims = new Shims(compile);
    this.values = new Values(this.shims.memory, compile);
    this.instances = new Map();
    /** The instance whose call runs; null while none does, or while one is being instantiated. */
    this.current = null;
  }

  /**
   * Link and start. `providers` is a Map: module name -> `{instance}`, a number, or `{functions}`, names of
   * host functions, or `{memories}`, shared ones by name.
   */
  instantiate(id, module, binary, providers) {
    const made = { syntax: new Syntax(binary), exports: {}, entries: new Map(), uses: [] };
    try {
      const imports = this.resolve(made, providers);
      this.current = null;
      made.exports = new WebAssembly.Instance(module, imports).exports;
    } catch (error) {
      return ofInstantiation(error, (index, offset) => this.opcodes(made, index, offset));
    }
    this.instances.set(id, made);
    return returned();
  }

  invoke(id, name, args) {
    const instance = this.instances.get(id);
    try {
      const entry = this.entry(instance, name, 0, "function", (...at) => this.shims.ofFunction(...at));
      this.current = instance;
      return returned(this.values.call(entry, args));
    } catch (error) {
      return ofCall(error, (index, offset) => this.opcodes(instance, index, offset));
    } finally {
      this.current = null;
    }
  }

  get(id, name) {
    return attempt(() => {
      const instance = this.instances.get(id);
      const entry = this.entry(instance, name, 3, "global", (...at) => this.shims.getterOf(...at));
      return this.values.call(entry, []);
    });
  }

  set(id, name, value) {
    return attempt(() => {
      const instance = this.instances.get(id);
      const { index } = find(instance, name, 3, "global");
      if (!instance.syntax.globals[index].mutable) throw new TypeError(`the global ${name} is immutable`);
      this.values.call(this.shims.setterOf(instance.syntax, index, instance.exports[name]), [value]);
    });
  }

  /** The bytes of an exported memory, live. Throws if there is none. */
  memory(id, name) {
    const instance = this.instances.get(id);
    find(instance, name, 2, "memory");
    return new Uint8Array(instance.exports[name].buffer);
  }

  /** The exported memories that are shared, by name. */
  sharedMemories(id) {
    return Object.fromEntries(Object.entries(this.instances.get(id).exports).filter(([, item]) =>
      item instanceof WebAssembly.Memory && item.buffer instanceof SharedArrayBuffer));
  }

  forget(id) {
    this.instances.delete(id);
    return returned();
  }

  /** Call the export `inner` of the instance that runs; what it throws goes through. */
  reenter() {
    if (this.current === null) throw new Error("the instance being instantiated has no exports to enter yet");
    find(this.current, "inner", 0, "function");
    this.current.exports.inner();
  }

  resolve(made, providers) {
    const imports = Object.create(null);
    for (const { module, name, kind } of made.syntax.imports) {
      const { instance, functions, memories } = providers.get(module) ?? {};
      let found = memories?.[name];
      if (instance !== undefined) {
        const provider = this.instances.get(instance);
        if (Object.hasOwn(provider.exports, name)) found = provider.exports[name];
        made.uses.push(provider);
      } else if (functions?.includes(name)) {
        found = typed(this.compile, ...this.host[name]);
      }
      if (found === undefined) throw new WebAssembly.LinkError(`unknown import: ${module} ${name}`);
      (imports[module] ??= Object.create(null))[name] = found;
    }
    return imports;
  }

  entry(instance, name, kind, what, make) {
    const key = `${kind} ${name}`;
    if (!instance.entries.has(key)) {
      const { index } = find(instance, name, kind, what);
      instance.entries.set(key, make(instance.syntax, index, instance.exports[name]));
    }
    return instance.entries.get(key);
  }

  /** A trap does not say in which module it was; if the instance's own will not do, one of those it uses. */
  opcodes(instance, index, offset) {
    const own = instance.syntax.opcodeAt(index, offset);
    if (own !== undefined) return [own];
    return instance.uses.map(({ syntax }) => syntax.opcodeAt(index, offset)).filter(Boolean);
  }
}

function find(instance, name, kind, what) {
  const found = instance.syntax.exports.get(name);
  if (found?.kind !== kind) throw new ReferenceError(`no exported ${what} ${JSON.stringify(name)}`);
  return found;
}

function attempt(action) {
  try {
    return returned(action());
  } catch (error) {
    return failed(error);
  }
}

module.exports = { Store, attempt, returned };
