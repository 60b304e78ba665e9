//! The engine. Replace this file by one that has the same names and calls yours: what is here is a toy. It runs
//! functions of constants, parameters, `unreachable` and endless loops, and says of all else that it does not
//! offer it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::protocol::{Answer, Cause, Context, Outcome, Value};

pub const NAME: &str = "my-engine";
pub const VERSION: &str = "0";
pub const FEATURES: &[&str] = &["mvp"];
pub const INTERRUPTS: &str = "polls";
pub const AFTER_INTERRUPT: &str = "closed";
pub const COVERS: &[&str] = &[];
pub const IMPORTS: &[&str] = &[];

pub struct Engine {
    interruptible: bool,
}

impl Engine {
    /// Makes the engine, interruptible or not, with these features; an error says why it cannot be had here.
    pub fn new(interruptible: bool, _features: &[&str]) -> Result<Engine, String> {
        Ok(Engine { interruptible })
    }

    /// Decodes and validates.
    pub fn compile(&self, binary: &[u8]) -> Result<Module, Outcome> {
        match binary.strip_prefix(b"\0asm\x01\0\0\0") {
            Some(sections) => read(&mut Reader { bytes: sections }),
            None => Err(Outcome::Malformed(String::from(
                "no magic number, or another version",
            ))),
        }
    }

    /// Links and runs active segments and the start function, all under the context.
    pub fn instantiate(
        &self,
        module: Arc<Module>,
        _imports: &HashMap<String, Arc<Instance>>,
        _context: &Context,
    ) -> Result<Instance, Outcome> {
        Ok(Instance {
            interruptible: self.interruptible,
            module,
            cause: Mutex::new(None),
        })
    }
}

/// Functions, by the names of their exports.
pub struct Module {
    exports: HashMap<String, Vec<Instruction>>,
}

#[derive(Clone)]
enum Instruction {
    Unreachable,
    Forever,
    LocalGet(usize),
    Const(Value),
}

/// An instance; several threads may use it at once.
pub struct Instance {
    interruptible: bool,
    module: Arc<Module>,
    /// Why it is closed, if it is.
    cause: Mutex<Option<Cause>>,
}

impl Instance {
    /// Calls an exported function.
    pub fn invoke(&self, export: &str, args: &[Value], context: &Context) -> Answer {
        let body = self.module.exports.get(export);
        let body = body.ok_or_else(|| Outcome::Failed(format!("no exported function {export:?}")))?;
        if let Some(cause) = *self.cause.lock().unwrap() {
            return Err(Outcome::Interrupted(cause));
        }
        let mut stack = Vec::new();
        for instruction in body {
            match instruction {
                Instruction::Unreachable => return Err(Outcome::Trapped("unreachable")),
                Instruction::Forever => loop {
                    self.poll(context)?;
                },
                Instruction::LocalGet(index) => stack.push(args[*index].clone()),
                Instruction::Const(value) => stack.push(value.clone()),
            }
        }
        Ok(stack)
    }

    /// Whether to stop; after that the instance is closed.
    fn poll(&self, context: &Context) -> Result<(), Outcome> {
        if !self.interruptible {
            return Ok(());
        }
        let mut cause = self.cause.lock().unwrap();
        *cause = cause.or_else(|| context.cause());
        cause.map_or(Ok(()), |cause| Err(Outcome::Interrupted(cause)))
    }

    /// The value of an exported global.
    pub fn get(&self, _export: &str) -> Result<Value, Outcome> {
        Err(Outcome::Unsupported(String::from("globals")))
    }

    /// Sets an exported global.
    pub fn set(&self, _export: &str, _value: Value) -> Result<(), Outcome> {
        Err(Outcome::Unsupported(String::from("globals")))
    }

    /// Lets somebody use the bytes of an exported memory.
    pub fn memory(&self, _export: &str, _user: impl FnOnce(&mut [u8]) -> Answer) -> Answer {
        Err(Outcome::Unsupported(String::from("memories")))
    }

    /// Interrupts the calls that run in it; later ones are refused.
    pub fn close(&self) {
        self.cause.lock().unwrap().get_or_insert(Cause::Closed);
    }
}

// From here on: how the toy reads modules.

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Outcome> {
        if count > self.bytes.len() {
            return Err(Outcome::Malformed(String::from("unexpected end")));
        }
        let (taken, rest) = self.bytes.split_at(count);
        self.bytes = rest;
        Ok(taken)
    }

    fn part(&mut self) -> Result<Reader<'a>, Outcome> {
        let size = self.u32()?;
        Ok(Reader {
            bytes: self.take(size)?,
        })
    }

    fn byte(&mut self) -> Result<u8, Outcome> {
        Ok(self.take(1)?[0])
    }

    fn leb(&mut self, signed: bool) -> Result<i64, Outcome> {
        let (mut number, mut shift) = (0i64, 0);
        loop {
            let byte = self.byte()?;
            if shift > 63 {
                return Err(Outcome::Malformed(String::from("integer too long")));
            }
            number |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let negative = signed && byte & 0x40 != 0 && shift < 64;
                return Ok(if negative { number - (1 << shift) } else { number });
            }
        }
    }

    fn u32(&mut self) -> Result<usize, Outcome> {
        Ok(self.leb(false)? as usize)
    }
}

fn unsupported<T>(what: impl ToString) -> Result<T, Outcome> {
    Err(Outcome::Unsupported(what.to_string()))
}

fn read(reader: &mut Reader) -> Result<Module, Outcome> {
    let (mut results, mut types, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    let mut exports = Vec::new();
    while !reader.bytes.is_empty() {
        let id = reader.byte()?;
        let mut content = reader.part()?;
        match id {
            0 => continue, // a custom section says nothing to us
            1 | 3 | 7 | 10 => (),
            _ => return unsupported(format!("section {id}")),
        }
        for _ in 0..content.u32()? {
            match id {
                1 => {
                    content.byte()?;
                    content.part()?;
                    results.push(content.part()?.bytes.len());
                }
                3 => types.push(content.u32()?),
                7 => {
                    let name = String::from_utf8_lossy(content.part()?.bytes).into_owned();
                    if content.byte()? != 0 {
                        return unsupported("exports of other kinds than functions");
                    }
                    exports.push((name, content.u32()?));
                }
                _ => {
                    let of_type = types
                        .get(bodies.len())
                        .and_then(|index: &usize| results.get(*index));
                    bodies.push(body(&mut content.part()?, *of_type.ok_or_else(unknown_type)?)?);
                }
            }
        }
    }
    let function = |(name, index): (String, usize)| {
        bodies
            .get(index)
            .map(|body| (name, body.clone()))
            .ok_or_else(unknown_type)
    };
    Ok(Module {
        exports: exports.into_iter().map(function).collect::<Result<_, _>>()?,
    })
}

fn unknown_type() -> Outcome {
    Outcome::Invalid(String::from("an index leads nowhere"))
}

fn body(reader: &mut Reader, results: usize) -> Result<Vec<Instruction>, Outcome> {
    if reader.u32()? != 0 {
        return unsupported("locals");
    }
    let mut body = Vec::new();
    let mut reachable = true;
    loop {
        body.push(match reader.byte()? {
            0x00 => {
                reachable = false;
                Instruction::Unreachable
            }
            // a loop that does nothing for ever: its type, a branch to itself, its end
            0x03 => {
                if reader.take(4)? != b"\x40\x0c\0\x0b" {
                    return unsupported("loops that do more than go on");
                }
                reachable = false;
                Instruction::Forever
            }
            0x0b => break,
            0x20 => Instruction::LocalGet(reader.u32()?),
            0x41 => Instruction::Const(Value::new("i32", reader.leb(true)? as u32)),
            0x42 => Instruction::Const(Value::new("i64", reader.leb(true)? as u64)),
            opcode => return unsupported(format!("instruction {opcode:#x}")),
        });
    }
    if reachable && body.len() != results {
        return Err(Outcome::Invalid(format!(
            "{} values are left, not {results}",
            body.len()
        )));
    }
    Ok(body)
}
