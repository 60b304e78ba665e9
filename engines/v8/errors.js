"use strict";

// What V8 says went wrong -> outcomes of the protocol.

const LONGEST_MESSAGE = 4096;

const TRAPS = {
  "unreachable": "unreachable",
  "memory access out of bounds": "out of bounds memory access",
  "data segment out of bounds": "out of bounds memory access",
  "divide by zero": "integer divide by zero",
  "remainder by zero": "integer divide by zero",
  "divide result unrepresentable": "integer overflow",
  "float unrepresentable in integer range": "integer overflow", // or not a number: it does not say
  "table index is out of bounds": "out of bounds table access",
  "table access out of bounds": "out of bounds table access",
  "element segment out of bounds": "out of bounds table access",
  "null function or function signature mismatch": "uninitialized element", // the commoner of the two
  "function signature mismatch": "uninitialized element", // also that; the words of V8 14
  "dereferencing a null pointer": "null reference",
  "rethrowing null value": "null exception reference",
  "illegal cast": "cast failure",
  "array element access out of bounds": "out of bounds array access",
  "requested new array is too large": "out of memory",
  "operation does not support unaligned accesses": "unaligned atomic",
  // Where waiting is allowed, as it is in all threads that instances live in, this is about the memory.
  "Atomics.wait cannot be called in this context": "expected shared memory",
};

/** Where V8 has one word and the standard several traps, the instruction tells which it is. */
const AT_INSTRUCTION = {
  "table index is out of bounds": { "11": "undefined element", "13": "undefined element" },
  "dereferencing a null pointer": {
    "14": "null function reference",
    "15": "null function reference",
    "a": "null exception reference",
    ...range(0x02, 0x05, "null structure reference"),
    ...range(0x0b, 0x13, "null array reference"),
    ...range(0x1d, 0x1e, "null i31 reference"),
  },
};

/** The instructions of GC from one to another. */
function range(first, last, kind) {
  const codes = Array.from({ length: last - first + 1 }, (_, index) => `fb ${first + index}`);
  return Object.fromEntries(codes.map((code) => [code, kind]));
}

/** V8 has one kind of error for what is no module and what does not validate; its words tell them apart. */
const MALFORMED = new RegExp("^(?:" + [
  "BufferSource argument is empty",
  "expected magic word",
  "expected version",
  "expected \\d+ bytes, fell off end",
  "expected +[\\w. ]*:? *@", // and nothing found: "expected section length @+9"
  "reached end while decoding",
  "length overflow while decoding",
  "extra bits in varint",
  "constant expression is missing 'end'",
  'function body must end with "end"',
  "unterminated control structure",
  "[\\w ]+: no valid UTF-8 string",
  "unknown (?:section code|import kind|type form)",
  "unexpected section <",
  "section \\(code \\d+, .*\\) extends past end",
  "section was shorter than expected",
  "Multiple DataCount sections",
  "The DataCount section must appear before",
  "data segments count \\d+ mismatch",
  "function body count \\d+ mismatch",
  "function count is \\d+, but code section is absent",
  "local count too large",
  "Invalid opcode 0x",
  "invalid (?:memory|table|table elements) limits flags",
  "invalid (?:global flags|mutability)",
  "value type opcode @",
  "table-with-initializer byte @",
].join("|") + ")");

const shorten = (text) => text.slice(0, LONGEST_MESSAGE);
const failed = (error) => ({ is: "failed", message: shorten(String((error && error.stack) || error)) });

/** V8's own words: what stands behind "WebAssembly.Instance(): ". */
const words = (error) => error.message.replace(/^WebAssembly\.\w+\(\): /, "");

/** What came of compiling: it decodes and validates in one go. */
function ofCompilation(error) {
  if (!(error instanceof WebAssembly.CompileError)) return failed(error);
  const message = words(error).replace(/^Compiling function #\d+(:".*")? failed: /, "");
  return { is: MALFORMED.test(message) ? "malformed" : "invalid", message: shorten(message) };
}

/** What came of linking, of active segments, or of a start function. */
function ofInstantiation(error, opcodes) {
  const aboutImport = error instanceof TypeError && /Import #/.test(error.message);
  if (!aboutImport && !(error instanceof WebAssembly.LinkError)) return ofCall(error, opcodes);
  return { is: "unlinkable", message: shorten(words(error)) };
}

/** What came of a call. `opcodes(index, offset)` are those that a function may have at an offset of its module. */
function ofCall(error, opcodes) {
  if (error instanceof WebAssembly.Exception) return { is: "uncaught" };
  if (error instanceof RangeError && /call stack size/.test(error.message)) return { is: "exhausted" };
  if (!(error instanceof WebAssembly.RuntimeError)) return failed(error);
  const message = words(error).replace(/ segment (?:\d+ )?is out of bounds.*/, " segment out of bounds");
  const kind = TRAPS[message];
  if (kind === undefined) return failed(error);
  const finer = AT_INSTRUCTION[message];
  const place = finer && /wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(error.stack);
  if (!place) return { is: "trapped", kind, message };
  const candidates = new Set(opcodes(Number(place[1]), parseInt(place[2], 16)));
  const found = candidates.size === 1 ? finer[[...candidates][0]] : undefined;
  return { is: "trapped", kind: found ?? kind, message };
}

module.exports = { failed, ofCompilation, ofInstantiation, ofCall };
