"use strict";

// Values of the protocol, [type, bits], and what they are to JavaScript.

const { STRIDE, crosses } = require("./shims.js");

/** An object of the host, by the number that the protocol gives it. */
class HostObject {
  constructor(number) {
    this.number = number;
  }
}

// What an internal reference is, as JavaScript cannot ask: 1 a struct, 2 an array, 0 neither.
// (module (func (export "") (param anyref) (result i32)
//   (i32.or (ref.test (ref struct) (local.get 0))
//           (i32.shl (ref.test (ref array) (local.get 0)) (i32.const 1)))))
const SORT = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x6e, 1, 0x7f, 3, 2, 1, 0, 7, 4, 1, 0, 0, 0,
  10, 18, 1, 16, 0, 0x20, 0, 0xfb, 0x14, 0x6b, 0x20, 0, 0xfb, 0x14, 0x6a, 0x41, 1, 0x74, 0x72, 0x0b,
]);

/** The values that cross between one group of instances and the outside. */
class Values {
  constructor(memory, compile) {
    this.memory = memory;
    this.objects = new Map();
    this.handles = new Map();
    this.kept = [];
    this.sort = () => 0;
    if (WebAssembly.validate(SORT)) {
      this.sort = new WebAssembly.Instance(compile(SORT)).exports[""];
    }
  }

  /** Call a shim with values of the protocol, and give what it gives. */
  call({ params, results, enter }, args) {
    if (args.length !== params.length) throw new TypeError(`${args.length} arguments, not ${params.length}`);
    const references = [];
    params.forEach((type, place) => {
      if (crosses(type)) references.push(this.reference(args[place], type));
      else this.put(type, args[place], place * STRIDE);
    });
    let given = enter(...references);
    if (results.filter(crosses).length < 2) given = [given];
    let next = 0;
    return results.map((type, place) =>
      crosses(type) ? this.refer(given[next++], type) : this.take(type, place * STRIDE));
  }

  put(type, [kind, bits], at) {
    if (kind !== type.kind) throw new TypeError(`not of type ${type.kind}: ${kind}`);
    if (kind === "exn") {
      if (bits !== null) throw new TypeError("an exception cannot be given to a guest");
      return;
    }
    const view = new DataView(this.memory.buffer);
    const number = BigInt(bits);
    view.setBigUint64(at, BigInt.asUintN(64, number), true);
    view.setBigUint64(at + 8, number >> 64n, true);
  }

  take({ kind }, at) {
    const view = new DataView(this.memory.buffer);
    switch (kind) {
      case "i32": case "f32": return [kind, view.getUint32(at, true).toString()];
      case "i64": case "f64": return [kind, view.getBigUint64(at, true).toString()];
      case "v128":
        return [kind, ((view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true)).toString()];
      default: return ["exn", view.getUint32(at, true) ? null : this.handle(new HostObject(kind))];
    }
  }

  /** What a reference of the protocol is to JavaScript. */
  reference([kind, bits], type) {
    if (bits === null) return null;
    switch (kind) {
      case "extern":
        if (!this.objects.has(bits)) this.objects.set(bits, new HostObject(bits));
        return this.objects.get(bits);
      case "i31": return (Number(bits) << 1) >> 1;
      case "func": case "struct": case "array": return this.kept[Number(bits)];
    }
    throw new TypeError(`not of type ${type.kind}: ${kind}`);
  }

  /** And back. */
  refer(found, { kind }) {
    if (found === null) return [kind, null];
    if (found instanceof HostObject) return ["extern", found.number];
    if (typeof found === "number") return ["i31", (found & 0x7fffffff).toString()];
    if (typeof found === "function") return ["func", this.handle(found)];
    return [this.sort(found) === 1 ? "struct" : "array", this.handle(found)];
  }

  handle(found) {
    if (!this.handles.has(found)) {
      this.handles.set(found, this.kept.length.toString());
      this.kept.push(found);
    }
    return this.handles.get(found);
  }
}

module.exports = { Values };
