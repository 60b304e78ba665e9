"use strict";

// What V8 does not tell JavaScript of a module: the types of its functions and globals, and where code is.
// The module has been validated; so nothing here looks for errors.

/** Kind of a value, by the byte of its type; references by the top of their hierarchy. */
const KINDS = {
  0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128",
  0x70: "func", 0x73: "func", 0x6f: "extern", 0x72: "extern", 0x69: "exn", 0x74: "exn",
  0x6e: "any", 0x6d: "any", 0x6c: "any", 0x6b: "any", 0x6a: "any", 0x71: "any",
};

class Cursor {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** Of any length: what is beyond 2^53 loses its lowest bits, which nobody here asks for. */
  unsigned() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  skipNumber() {
    while (this.byte() >= 0x80);
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  name() {
    const hex = Array.from(this.take(this.unsigned()), (byte) => "%" + byte.toString(16).padStart(2, "0"));
    return decodeURIComponent(hex.join(""));
  }

  list(entry) {
    return Array.from({ length: this.unsigned() }, entry);
  }

  skipLimits() {
    const flags = this.byte();
    this.skipNumber();
    if (flags & 1) this.skipNumber();
    if (flags & 8) this.skipNumber();
  }

  /** A value type: its kind, its bytes, and the index of a type where it refers to one. */
  valueType() {
    const start = this.at;
    const code = this.byte();
    const type = { kind: KINDS[code], heap: null };
    if (code === 0x63 || code === 0x64) {
      const heap = this.bytes[this.at];
      type.kind = KINDS[heap];
      if (type.kind === undefined) type.heap = this.unsigned();
      else this.at++;
    }
    type.bytes = Array.from(this.bytes.subarray(start, this.at));
    return type;
  }

  storageType() {
    if (this.bytes[this.at] === 0x78 || this.bytes[this.at] === 0x77) this.at++;
    else this.valueType();
    this.at++;
  }

  /** A type; of a function its parameters and results. It is declared if it is open, or below another one. */
  compositeType() {
    let code = this.byte();
    const declared = code === 0x50 || code === 0x4f;
    if (declared) {
      this.list(() => this.unsigned());
      code = this.byte();
    }
    if (code === 0x60) {
      const params = this.list(() => this.valueType());
      return { params, results: this.list(() => this.valueType()), declared };
    }
    if (code === 0x5f) this.list(() => this.storageType());
    else this.storageType();
    return {};
  }

  skipConstant() {
    for (;;) {
      switch (this.byte()) {
        case 0x0b: return;
        case 0x41: case 0x42: case 0x23: case 0xd0: case 0xd2: this.skipNumber(); break;
        case 0x43: this.at += 4; break;
        case 0x44: this.at += 8; break;
        case 0xfd: this.skipNumber(); this.at += 16; break;
        case 0xfb: {
          const operation = this.unsigned();
          if (operation <= 8) this.skipNumber();
          if (operation === 8) this.skipNumber();
        }
      }
    }
  }
}

/** The parts of a module that are asked for, in the index spaces of the standard, imports first. */
class Syntax {
  constructor(binary) {
    this.binary = binary;
    this.types = [];
    /** The vector of types as it stands in the binary: how many groups, and their bytes. */
    this.groups = { count: 0, bytes: new Uint8Array(0) };
    this.imports = [];
    this.functions = [];
    this.globals = [];
    this.exports = new Map();
    this.bodies = [];
    const cursor = new Cursor(binary, 8);
    while (cursor.at < binary.length) {
      const id = cursor.byte();
      const end = cursor.unsigned() + cursor.at;
      this.section(id, cursor, end);
      cursor.at = end;
    }
    this.imported = this.functions.length - this.bodies.length;
  }

  section(id, cursor, end) {
    switch (id) {
      case 1: this.readTypes(cursor, end); break;
      case 2: this.imports = cursor.list(() => this.readImport(cursor)); break;
      case 3: this.functions.push(...cursor.list(() => cursor.unsigned())); break;
      case 6: this.globals.push(...cursor.list(() => this.readGlobal(cursor))); break;
      case 7: cursor.list(() => {
        const name = cursor.name();
        this.exports.set(name, { kind: cursor.byte(), index: cursor.unsigned() });
      }); break;
      case 10: this.bodies = cursor.list(() => {
        const length = cursor.unsigned();
        cursor.at += length;
        return { start: cursor.at - length, end: cursor.at };
      });
    }
  }

  readTypes(cursor, end) {
    const count = cursor.unsigned();
    this.groups = { count, bytes: cursor.bytes.subarray(cursor.at, end) };
    for (let index = 0; index < count; index++) {
      if (cursor.bytes[cursor.at] === 0x4e) {
        cursor.at++;
        const group = cursor.list(() => cursor.compositeType());
        this.types.push(...group.map((type) => ({ ...type, declared: true })));
      } else {
        this.types.push(cursor.compositeType());
      }
    }
    for (const { params = [], results = [] } of this.types) {
      for (const type of [...params, ...results]) this.settle(type);
    }
  }

  /** The kind of a reference to one of the module's own types. */
  settle(type) {
    type.kind ??= this.types[type.heap].params ? "func" : "any";
    return type;
  }

  readImport(cursor) {
    const entry = { module: cursor.name(), name: cursor.name(), kind: cursor.byte() };
    switch (entry.kind) {
      case 0: this.functions.push(cursor.unsigned()); break;
      case 1: cursor.valueType(); cursor.skipLimits(); break;
      case 2: cursor.skipLimits(); break;
      case 3: this.globals.push(this.readGlobalType(cursor)); break;
      case 4: cursor.byte(); cursor.skipNumber();
    }
    return entry;
  }

  readGlobalType(cursor) {
    return { type: this.settle(cursor.valueType()), mutable: cursor.byte() === 1 };
  }

  readGlobal(cursor) {
    const type = this.readGlobalType(cursor);
    cursor.skipConstant();
    return type;
  }

  /** The opcode of a function at an offset of the binary, and what follows it; undefined if none is there. */
  opcodeAt(index, offset) {
    const body = this.bodies[index - this.imported];
    if (!body || offset < body.start || offset >= body.end) return undefined;
    const cursor = new Cursor(this.binary, offset);
    const code = cursor.byte();
    return code >= 0xfb && code <= 0xfe ? `${code.toString(16)} ${cursor.unsigned()}` : code.toString(16);
  }
}

module.exports = { Syntax };
