"use strict";

// What Python asks of an isolate: each function gives text or bytes, as values of JavaScript do not go over.

globalThis.stopwat = ((require) => {
  const { ofCompilation } = require("./errors.js");
  const { features } = require("./features.js");
  const { Store } = require("./store.js");
  const store = new Store({});

  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

  return {
    features: () => JSON.stringify(features()),
    compile(hex) {
      try {
        new WebAssembly.Module(bytesOf(hex));
        return '{"is": "returned"}';
      } catch (error) {
        return JSON.stringify(ofCompilation(error));
      }
    },
    instantiate(id, hex, providers) {
      const binary = bytesOf(hex);
      const module = new WebAssembly.Module(binary);
      return JSON.stringify(store.instantiate(id, module, binary, new Map(Object.entries(providers))));
    },
    invoke: (...args) => JSON.stringify(store.invoke(...args)),
    get: (...args) => JSON.stringify(store.get(...args)),
    set: (...args) => JSON.stringify(store.set(...args)),
    forget: (id) => JSON.stringify(store.forget(id)),
    size: (id, name) => JSON.stringify(store.memory(id, name).length),
    read: (id, name, offset, length) => store.memory(id, name).slice(offset, offset + length).buffer,
    write: (id, name, offset, hex) => JSON.stringify(store.memory(id, name).set(bytesOf(hex), offset) ?? null),
  };
});
