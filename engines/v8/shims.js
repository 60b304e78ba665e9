"use strict";

// JavaScript's numbers may change the bits of a NaN, and vectors and exceptions do not come across at all. So
// what an instance exports is called, read and written by a small module of its own: numbers go by way of a
// memory, references as parameters and results.

const FUNC = 0x60;
const CALL = 0x10, LOCAL_GET = 0x20, LOCAL_SET = 0x21, GLOBAL_GET = 0x23, GLOBAL_SET = 0x24;
const I32_CONST = 0x41, REF_NULL = 0xd0, REF_IS_NULL = 0xd1, END = 0x0b;
const LOAD = { i32: [0x28], i64: [0x29], f32: [0x2a], f64: [0x2b], v128: [0xfd, 0] };
const STORE = { i32: [0x36], i64: [0x37], f32: [0x38], f64: [0x39], v128: [0xfd, 11] };
const NO_OFFSET = [0, 0];
const VALUE_TYPES = { i32: 0x7f };
/** Bytes between the places of values. */
const STRIDE = 16;

function leb(number) {
  const bytes = [];
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push(number % 128 | 0x80);
  return [...bytes, number];
}

function signedLeb(number) {
  const bytes = leb(number);
  return bytes[bytes.length - 1] & 0x40 ? [...bytes.slice(0, -1), bytes[bytes.length - 1] | 0x80, 0] : bytes;
}

const vector = (items) => [...leb(items.length), ...items.flat()];
const section = (id, content) => [id, ...leb(content.length), ...content];
const functionType = (params, results) => [FUNC, ...vector(params), ...vector(results)];
const name = (text) => vector(Array.from(text, (character) => character.charCodeAt(0)));

function assemble(sections) {
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** Whether a value of this type comes across as a parameter or result. */
const crosses = (type) => !(type.kind in LOAD) && type.kind !== "exn";

/**
 * A module that does `operation` to what it imports, which `descriptor` describes after `types` (how many
 * groups, their bytes, how many types). Its export "" takes the references among the parameters and gives those
 * among the results; numbers, and whether an exception is null, are in the memory that it imports.
 */
function shim(types, descriptor, operation, params, results) {
  const own = functionType(params.filter(crosses).map(bytesOf), results.filter(crosses).map(bytesOf));
  const body = code(params, results, operation);
  const index = operation[0] === CALL ? 1 : 0; // functions that are imported come first
  return assemble([
    section(1, [...leb(types.groups + 1), ...types.bytes, ...own]),
    section(2, vector([
      [...name(""), ...name("memory"), 2, 0, 0],
      [...name(""), ...name("it"), ...descriptor],
    ])),
    section(3, vector([leb(types.length)])),
    section(7, vector([[...name(""), 0, index]])),
    section(10, vector([[...leb(body.length), ...body]])),
  ]);
}

const bytesOf = (type) => type.bytes;
const address = (place) => [I32_CONST, ...signedLeb(place * STRIDE)];

function code(params, results, operation) {
  const crossing = params.filter(crosses).length;
  const body = vector(results.map((type) => [1, ...type.bytes]));
  let parameter = 0;
  params.forEach((type, place) => {
    if (type.kind in LOAD) body.push(...address(place), ...LOAD[type.kind], ...NO_OFFSET);
    else if (type.kind === "exn") body.push(REF_NULL, 0x69);
    else body.push(LOCAL_GET, ...leb(parameter++));
  });
  body.push(...operation);
  for (let place = results.length - 1; place >= 0; place--) body.push(LOCAL_SET, ...leb(crossing + place));
  results.forEach((type, place) => {
    if (crosses(type)) return;
    body.push(...address(place), LOCAL_GET, ...leb(crossing + place));
    if (type.kind === "exn") body.push(REF_IS_NULL, ...STORE.i32, ...NO_OFFSET);
    else body.push(...STORE[type.kind], ...NO_OFFSET);
  });
  results.forEach((type, place) => {
    if (crosses(type)) body.push(LOCAL_GET, ...leb(crossing + place));
  });
  return [...body, END];
}

/** The types of a whole module, for a shim to begin with: so that what it refers to is the same there. */
const allOf = (syntax) => ({
  groups: syntax.groups.count, bytes: syntax.groups.bytes, length: syntax.types.length,
});
const NO_TYPES = { groups: 0, bytes: [], length: 0 };

/** Compiles small modules, each once: many exports are of the same type. `made` is told of each that is new. */
function keeping(modules = new Map(), made = () => {}) {
  return (binary) => {
    const key = binary.join();
    if (!modules.has(key)) {
      modules.set(key, new WebAssembly.Module(binary));
      made(key, modules.get(key));
    }
    return modules.get(key);
  };
}

/** Shims for what instances export. */
class Shims {
  constructor(compile) {
    this.compile = compile;
    this.memory = new WebAssembly.Memory({ initial: 1 });
  }

  /** What calls an exported function, with its types. */
  ofFunction(syntax, index, exported) {
    const type = syntax.functions[index];
    const { params, results, declared } = syntax.types[type];
    const standsAlone = !declared && [...params, ...results].every(({ heap }) => heap === null);
    const signature = functionType(params.map(bytesOf), results.map(bytesOf));
    const types = standsAlone ? { groups: 1, bytes: signature, length: 1 } : allOf(syntax);
    return this.make(types, [0, ...leb(standsAlone ? 0 : type)], [CALL, 0], params, results, exported);
  }

  /** What reads an exported global. */
  getterOf(syntax, index, exported) {
    const { type } = syntax.globals[index];
    return this.make(...this.global(syntax, index), [GLOBAL_GET, 0], [], [type], exported);
  }

  /** What writes an exported global. */
  setterOf(syntax, index, exported) {
    const { type } = syntax.globals[index];
    return this.make(...this.global(syntax, index), [GLOBAL_SET, 0], [type], [], exported);
  }

  global(syntax, index) {
    const { type, mutable } = syntax.globals[index];
    return [type.heap === null ? NO_TYPES : allOf(syntax), [3, ...type.bytes, Number(mutable)]];
  }

  make(types, descriptor, operation, params, results, it) {
    const missing = STRIDE * Math.max(params.length, results.length) - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    const module = this.compile(shim(types, descriptor, operation, params, results));
    const made = new WebAssembly.Instance(module, { "": { memory: this.memory, it } });
    return { params, results, enter: made.exports[""] };
  }
}

/** A function of JavaScript, without results, as one of Wasm: so that it can only be imported by its type. */
function typed(compile, params, body) {
  const binary = assemble([
    section(1, vector([functionType(params.map((kind) => VALUE_TYPES[kind]), [])])),
    section(2, vector([[...name(""), ...name(""), 0, 0]])),
    section(7, vector([[...name(""), 0, 0]])),
  ]);
  return new WebAssembly.Instance(compile(binary), { "": { "": body } }).exports[""];
}

module.exports = { Shims, STRIDE, keeping, crosses, typed };
