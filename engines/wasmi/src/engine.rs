//! wasmi, and what has been made with it, by the names the supervisor gave.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use wasmi::{AsContextMut, CompilationMode, Config, Extern, Global, Linker, Memory, Module, Store, Val};

use crate::call::{Call, SharedStore, State, prepare, run};
use crate::context::{Bell, Context};
use crate::errors::{of_call, of_compilation, of_instantiation};
use crate::features::choose;
use crate::host;
use crate::messages::{Capabilities, Command, Outcome, Reply, Value};
use crate::values::{lift, lower, number};

pub struct Engine {
    inner: wasmi::Engine,
    interruptible: bool,
    features: Vec<&'static str>,
    bell: Arc<Bell>,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    modules: HashMap<String, Module>,
    instances: HashMap<String, Arc<Instance>>,
    /// By the module name that imports have.
    providers: HashMap<String, Provider>,
}

#[derive(Clone)]
enum Provider {
    Instance(Arc<Instance>),
    Host(Vec<String>),
}

impl Provider {
    fn store(&self) -> Option<&SharedStore> {
        match self {
            Provider::Instance(instance) => Some(&instance.store),
            Provider::Host(_) => None,
        }
    }
}

/// An instance; those that may import from each other share a store.
pub struct Instance {
    store: SharedStore,
    pub exports: wasmi::Instance,
    imports: Vec<Arc<Instance>>,
    closed: AtomicBool,
}

impl Instance {
    /// Whether it was closed, or one that it imports from, directly or not.
    pub fn closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed) || self.imports.iter().any(|instance| instance.closed())
    }
}

/// An answer, or what went wrong instead.
type Answer = Result<Vec<Value>, Outcome>;

impl Engine {
    pub fn new(interruptible: bool, features: Option<&[String]>, bell: Arc<Bell>) -> Engine {
        let mut config = Config::default();
        let features = choose(&mut config, features);
        // All at once, and not when a function is first called: that is what compilation is.
        config.compilation_mode(CompilationMode::Eager).consume_fuel(interruptible);
        Engine { inner: wasmi::Engine::new(&config), interruptible, features, bell, made: Mutex::default() }
    }

    pub fn welcome(&self) -> Reply {
        Reply::Welcome {
            engine: "wasmi",
            engine_version: version(),
            capabilities: Capabilities {
                features: self.features.clone(),
                interrupts: "fuel",
                after_interrupt: "reusable",
                // Not instantiation: a start function that has used up its fuel cannot be resumed.
                covers: &["host"],
            },
        }
    }

    /// Carries out a command.
    pub fn run(&self, command: Command, context: &Arc<Context>) -> Outcome {
        let answer = match command {
            Command::Compile { module, binary, .. } => self.compile(module, &binary.0),
            Command::Instantiate { instance, module, .. } => self.instantiate(instance, &module, context),
            Command::Register { name, instance } => self.instance(&instance).map(|instance| {
                self.made.lock().providers.insert(name, Provider::Instance(instance));
                Vec::new()
            }),
            Command::Host { name, functions } => self.host(name, functions),
            Command::Wasi { .. } => Err(Outcome::Unsupported { message: "WASI".into() }),
            Command::Invoke { instance, export, args, .. } => self.invoke(&instance, &export, &args, context),
            Command::Get { instance, export } => self.get(&instance, &export),
            Command::Set { instance, export, value } => self.set(&instance, &export, &value),
            Command::ReadMemory { instance, export, offset, length } => {
                self.read_memory(&instance, &export, offset, length)
            }
            Command::WriteMemory { instance, export, offset, data } => {
                self.write_memory(&instance, &export, offset, &data.0)
            }
            Command::Close { instance } => self.instance(&instance).map(|_| {
                self.close(&instance);
                Vec::new()
            }),
            Command::Drop { module, instance, registered } => {
                let mut made = self.made.lock();
                module.and_then(|name| made.modules.remove(&name));
                instance.and_then(|name| made.instances.remove(&name));
                registered.and_then(|name| made.providers.remove(&name));
                Ok(Vec::new())
            }
        };
        answer.map_or_else(|outcome| outcome, |values| Outcome::Returned { values })
    }

    /// Closes an instance, beside whatever runs.
    pub fn close(&self, instance: &str) {
        if let Some(instance) = self.made.lock().instances.get(instance) {
            instance.closed.store(true, Ordering::Relaxed);
            self.bell.ring();
        }
    }

    fn compile(&self, name: String, binary: &[u8]) -> Answer {
        let module = Module::new(&self.inner, binary).map_err(|error| of_compilation(&error))?;
        self.made.lock().modules.insert(name, module);
        Ok(Vec::new())
    }

    fn instantiate(&self, name: String, module: &str, context: &Arc<Context>) -> Answer {
        let (module, providers) = {
            let made = self.made.lock();
            let found = made.modules.get(module).cloned();
            let found = found.ok_or_else(|| Outcome::failed(format!("no module named {module:?}")))?;
            (found, made.providers.clone())
        };
        let store = providers.values().find_map(Provider::store).cloned();
        let store = store.unwrap_or_else(|| Arc::new(Mutex::new(Store::new(&self.inner, State::default()))));
        let call = Call { context: context.clone(), instance: None, interruptible: self.interruptible };
        call.heed().map_err(|error| of_call(&error))?;
        let mut entered = store.lock();
        let linker = self.link(&store, &mut entered, &module, &providers)?;
        prepare(&mut entered.as_context_mut(), &Arc::new(call), u64::MAX).map_err(|error| of_call(&error))?;
        let exports = linker.instantiate_and_start(&mut *entered, &module);
        let exports = exports.map_err(|error| of_instantiation(&error))?;
        drop(entered);
        let imports = module.imports().filter_map(|import| match providers.get(import.module()) {
            Some(Provider::Instance(instance)) => Some(instance.clone()),
            _ => None,
        });
        let imports = imports.collect();
        let instance = Instance { store, exports, imports, closed: AtomicBool::new(false) };
        self.made.lock().instances.insert(name, Arc::new(instance));
        Ok(Vec::new())
    }

    /// A linker that has what a module imports, as far as there is such a thing.
    fn link(
        &self,
        shared: &SharedStore,
        store: &mut Store<State>,
        module: &Module,
        providers: &HashMap<String, Provider>,
    ) -> Result<Linker<State>, Outcome> {
        let mut linker = Linker::new(&self.inner);
        linker.allow_shadowing(true); // something may be imported twice
        for import in module.imports() {
            let (from, name) = (import.module(), import.name());
            let found = match providers.get(from) {
                Some(Provider::Instance(instance)) => {
                    // Made before there was anything to share a store with.
                    if !Arc::ptr_eq(&instance.store, shared) {
                        return Err(Outcome::failed("imports from two stores"));
                    }
                    instance.exports.get_export(&*store, name)
                }
                Some(Provider::Host(names)) if names.iter().any(|known| known == name) => {
                    Some(Extern::Func(host::function(&mut *store, name)))
                }
                _ => None,
            };
            if let Some(found) = found {
                linker.define(from, name, found).map_err(Outcome::failed)?;
            }
        }
        Ok(linker)
    }

    fn host(&self, name: String, functions: Vec<String>) -> Answer {
        if let Some(unknown) = functions.iter().find(|name| !host::NAMES.contains(&name.as_str())) {
            return Err(Outcome::failed(format!("no host function {unknown:?}")));
        }
        self.made.lock().providers.insert(name, Provider::Host(functions));
        Ok(Vec::new())
    }

    fn invoke(&self, instance: &str, export: &str, args: &[Value], context: &Arc<Context>) -> Answer {
        let instance = self.instance(instance)?;
        let (function, args) = {
            let mut store = instance.store.lock();
            let function = exported(&mut store, &instance, export, "function", Extern::into_func)?;
            (
                function,
                args.iter().map(|value| lower(&mut store, value)).collect::<Result<Vec<Val>, String>>(),
            )
        };
        let args = args.map_err(Outcome::failed)?;
        let call = Arc::new(Call {
            context: context.clone(),
            instance: Some(instance.clone()),
            interruptible: self.interruptible,
        });
        if let Some(cause) = call.closed() {
            return Err(Outcome::Interrupted { cause });
        }
        let results = run(&mut &instance.store, &call, function, &args);
        let mut store = instance.store.lock();
        store.data_mut().call = None; // it keeps its instance, which keeps the store
        let results = results.map_err(|error| of_call(&error))?;
        Ok(results.iter().map(|value| lift(&mut store, value)).collect())
    }

    fn get(&self, instance: &str, export: &str) -> Answer {
        let instance = self.instance(instance)?;
        let mut store = instance.store.lock();
        let global: Global = exported(&mut store, &instance, export, "global", Extern::into_global)?;
        let value = global.get(&*store);
        Ok(vec![lift(&mut store, &value)])
    }

    fn set(&self, instance: &str, export: &str, value: &Value) -> Answer {
        let instance = self.instance(instance)?;
        let mut store = instance.store.lock();
        let global = exported(&mut store, &instance, export, "global", Extern::into_global)?;
        let value = lower(&mut store, value).map_err(Outcome::failed)?;
        global.set(&mut *store, value).map_err(Outcome::failed)?;
        Ok(Vec::new())
    }

    fn read_memory(&self, instance: &str, export: &str, offset: u64, length: Option<u64>) -> Answer {
        let instance = self.instance(instance)?;
        let mut store = instance.store.lock();
        let memory: Memory = exported(&mut store, &instance, export, "memory", Extern::into_memory)?;
        let bytes = memory.data(&*store);
        let size = bytes.len() as u64;
        let length = length.unwrap_or(size.saturating_sub(offset));
        let digest = Sha256::digest(&bytes[range(offset, length, size)?]);
        let half = |bytes: &[u8]| bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
        let (high, low) = digest.split_at(16);
        Ok(vec![number("i64", size.into()), number("v128", half(high)), number("v128", half(low))])
    }

    fn write_memory(&self, instance: &str, export: &str, offset: u64, data: &[u8]) -> Answer {
        let instance = self.instance(instance)?;
        let mut store = instance.store.lock();
        let memory: Memory = exported(&mut store, &instance, export, "memory", Extern::into_memory)?;
        let bytes = memory.data_mut(&mut *store);
        let place = range(offset, data.len() as u64, bytes.len() as u64)?;
        bytes[place].copy_from_slice(data);
        Ok(Vec::new())
    }

    fn instance(&self, name: &str) -> Result<Arc<Instance>, Outcome> {
        let found = self.made.lock().instances.get(name).cloned();
        found.ok_or_else(|| Outcome::failed(format!("no instance named {name:?}")))
    }
}

/// An export of some kind.
fn exported<T>(
    store: &mut Store<State>,
    instance: &Instance,
    name: &str,
    kind: &str,
    of_kind: impl FnOnce(Extern) -> Option<T>,
) -> Result<T, Outcome> {
    let found = instance.exports.get_export(store, name).and_then(of_kind);
    found.ok_or_else(|| Outcome::failed(format!("no exported {kind} {name:?}")))
}

fn range(offset: u64, length: u64, size: u64) -> Result<std::ops::Range<usize>, Outcome> {
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(offset as usize..end as usize),
        _ => Err(Outcome::failed(format!("{length} bytes at {offset} of {size}"))),
    }
}

/// The version of wasmi that is built in.
fn version() -> &'static str {
    let (_, after) =
        include_str!("../Cargo.lock").split_once("name = \"wasmi\"\nversion = \"").expect("it is");
    after.split('"').next().expect("all of it")
}
