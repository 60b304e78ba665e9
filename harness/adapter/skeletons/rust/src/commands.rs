//! The commands of the protocol, on behalf of scripts. Nothing here depends on the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::bytes::{from_base64, sha256};
use crate::engine::{Engine, Instance, Module};
use crate::json::Json;
use crate::protocol::{Answer, Context, Outcome, Value};

/// The fields of every command.
pub const COMMANDS: &[(&str, &[&str])] = &[
    ("compile", &["module", "binary", "limits"]),
    ("instantiate", &["instance", "module", "limits"]),
    ("register", &["name", "instance"]),
    ("host", &["name", "functions"]),
    ("wasi", &["name", "args", "env", "stdin", "seed"]),
    ("invoke", &["instance", "export", "args", "limits"]),
    ("get", &["instance", "export"]),
    ("set", &["instance", "export", "value"]),
    ("read-memory", &["instance", "export", "offset", "length"]),
    ("write-memory", &["instance", "export", "offset", "data"]),
    ("close", &["instance"]),
    ("drop", &["module", "instance", "registered"]),
];

/// An engine, and what has been made with it, by the names the supervisor gave.
pub struct Commands {
    engine: Engine,
    modules: Mutex<HashMap<String, Arc<Module>>>,
    instances: Mutex<HashMap<String, Arc<Instance>>>,
    /// By the module name that imports have.
    imports: Mutex<HashMap<String, Arc<Instance>>>,
}

impl Commands {
    pub fn new(engine: Engine) -> Commands {
        Commands {
            engine,
            modules: Mutex::default(),
            instances: Mutex::default(),
            imports: Mutex::default(),
        }
    }

    pub fn run(&self, command: &Json, context: &Context) -> Answer {
        match text(command, "do")? {
            "compile" => self.compile(command),
            "instantiate" => self.instantiate(command, context),
            "register" => self.register(command),
            "host" => Err(Outcome::Unsupported(String::from("functions of the host"))),
            "wasi" => Err(Outcome::Unsupported(String::from("WASI"))),
            "invoke" => {
                let args = command
                    .get("args")
                    .array()
                    .iter()
                    .map(value)
                    .collect::<Result<Vec<_>, _>>()?;
                self.instance(command)?
                    .invoke(text(command, "export")?, &args, context)
            }
            "get" => Ok(vec![self.instance(command)?.get(text(command, "export")?)?]),
            "set" => {
                self.instance(command)?
                    .set(text(command, "export")?, value(command.get("value"))?)?;
                Ok(vec![])
            }
            "read-memory" => self.read_memory(command),
            "write-memory" => self.write_memory(command),
            "close" => {
                self.instance(command)?.close();
                Ok(vec![])
            }
            "drop" => self.forget(command),
            other => Err(Outcome::Failed(format!("unknown command {other:?}"))),
        }
    }

    /// Closes an instance from outside; there need not be one of that name.
    pub fn close_instance(&self, name: &str) {
        let found = self.instances.lock().unwrap().get(name).cloned();
        if let Some(instance) = found {
            instance.close();
        }
    }

    fn compile(&self, command: &Json) -> Answer {
        let module = self.engine.compile(&data(command, "binary")?)?;
        self.modules
            .lock()
            .unwrap()
            .insert(text(command, "module")?.to_string(), Arc::new(module));
        Ok(vec![])
    }

    fn instantiate(&self, command: &Json, context: &Context) -> Answer {
        let module = named(&self.modules, "module", text(command, "module")?)?;
        let imports = self.imports.lock().unwrap().clone();
        let instance = self.engine.instantiate(module, &imports, context)?;
        self.instances
            .lock()
            .unwrap()
            .insert(text(command, "instance")?.to_string(), Arc::new(instance));
        Ok(vec![])
    }

    fn register(&self, command: &Json) -> Answer {
        let instance = self.instance(command)?;
        self.imports
            .lock()
            .unwrap()
            .insert(text(command, "name")?.to_string(), instance);
        Ok(vec![])
    }

    /// The size, and the digest of a range in two halves.
    fn read_memory(&self, command: &Json) -> Answer {
        let offset = command.get("offset").integer().unwrap_or(0) as usize;
        let length = command.get("length").integer().map(|length| length as usize);
        self.instance(command)?
            .memory(text(command, "export")?, |memory| {
                let end = length.map_or(Some(memory.len()), |length| offset.checked_add(length));
                let range = end
                    .and_then(|end| memory.get(offset..end))
                    .ok_or_else(|| beyond(offset))?;
                let [first, second] = sha256(range);
                Ok(vec![
                    Value::new("i64", memory.len()),
                    Value::new("v128", first),
                    Value::new("v128", second),
                ])
            })
    }

    fn write_memory(&self, command: &Json) -> Answer {
        let offset = command.get("offset").integer().unwrap_or(0) as usize;
        let data = data(command, "data")?;
        self.instance(command)?
            .memory(text(command, "export")?, |memory| {
                let end = offset.checked_add(data.len());
                let range = end
                    .and_then(|end| memory.get_mut(offset..end))
                    .ok_or_else(|| beyond(offset))?;
                range.copy_from_slice(&data);
                Ok(vec![])
            })
    }

    fn forget(&self, command: &Json) -> Answer {
        if let Some(name) = command.get("module").text() {
            self.modules.lock().unwrap().remove(name);
        }
        if let Some(name) = command.get("instance").text() {
            self.instances.lock().unwrap().remove(name);
        }
        if let Some(name) = command.get("registered").text() {
            self.imports.lock().unwrap().remove(name);
        }
        Ok(vec![])
    }

    fn instance(&self, command: &Json) -> Result<Arc<Instance>, Outcome> {
        named(&self.instances, "instance", text(command, "instance")?)
    }
}

fn named<T>(things: &Mutex<HashMap<String, Arc<T>>>, kind: &str, name: &str) -> Result<Arc<T>, Outcome> {
    let found = things.lock().unwrap().get(name).cloned();
    found.ok_or_else(|| Outcome::Failed(format!("no {kind} named {name:?}")))
}

fn text<'a>(command: &'a Json, field: &str) -> Result<&'a str, Outcome> {
    command
        .get(field)
        .text()
        .ok_or_else(|| Outcome::Failed(format!("{field} is no text")))
}

fn data(command: &Json, field: &str) -> Result<Vec<u8>, Outcome> {
    from_base64(text(command, field)?).ok_or_else(|| Outcome::Failed(format!("{field} is not base64")))
}

fn value(pair: &Json) -> Result<Value, Outcome> {
    match pair.array() {
        [Json::Text(kind), Json::Text(bits)] => Ok(Value::new(kind, bits)),
        [Json::Text(kind), Json::Null] => Ok(Value {
            kind: kind.clone(),
            bits: None,
        }),
        _ => Err(Outcome::Failed(format!("not a value: {pair:?}"))),
    }
}

fn beyond(offset: usize) -> Outcome {
    Outcome::Failed(format!("beyond the end, from {offset} on"))
}
