//! An adapter of stopwat: an engine behind the protocol, on standard input and output. What depends on the
//! engine is in engine.rs, and nowhere else.

mod bytes;
mod commands;
mod engine;
mod json;
mod protocol;

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::exit;
use std::sync::{Arc, Mutex};
use std::thread;

use commands::{Commands, COMMANDS};
use json::{parse, quote, Json};
use protocol::{now, Context, Outcome};

/// The fields of every message.
const REQUESTS: &[(&str, &[&str])] = &[
    ("hello", &["version", "interruptible", "features"]),
    ("script", &["id", "commands"]),
    ("cancel", &["id"]),
    ("close-instance", &["instance"]),
    ("shutdown", &[]),
];

fn main() {
    match serve() {
        // Calls that run on do not keep the process: their memory goes with it.
        Ok(()) => exit(0),
        Err(reason) => {
            eprintln!("my-engine: {reason}");
            exit(1)
        }
    }
}

/// Heeds messages until it is told to end, or there are no more.
fn serve() -> Result<(), String> {
    let mut session: Option<Arc<Session>> = None;
    let mut input = io::stdin().lock();
    loop {
        let mut line = Vec::new();
        if input
            .read_until(b'\n', &mut line)
            .map_err(|error| error.to_string())?
            == 0
        {
            return Ok(());
        }
        let text = String::from_utf8(line).map_err(|error| error.to_string())?;
        let message = parse(&text)?;
        known(REQUESTS, "say", &message)?;
        match (message.get("say").text().unwrap_or(""), &session) {
            ("hello", None) => match greet(&message)? {
                Some(engine) => session = Some(Arc::new(Session::new(engine))),
                None => return Ok(()),
            },
            ("script", Some(session)) => {
                for command in message.get("commands").array() {
                    known(COMMANDS, "do", command)?;
                }
                let session = session.clone();
                thread::spawn(move || session.run(&message));
            }
            ("cancel", Some(session)) => session.cancel(message.get("id")),
            ("close-instance", Some(session)) => {
                session
                    .commands
                    .close_instance(message.get("instance").text().unwrap_or(""));
            }
            ("shutdown", Some(_)) => return Ok(()),
            (say, _) => return Err(format!("{say:?} at the wrong time")),
        }
    }
}

/// Refuses words and fields that the protocol does not have.
fn known(table: &[(&str, &[&str])], kind: &str, message: &Json) -> Result<(), String> {
    let word = message.get(kind).text().unwrap_or("");
    let (_, fields) = table
        .iter()
        .find(|(name, _)| *name == word)
        .ok_or_else(|| format!("unknown {kind} {word:?}"))?;
    let Json::Object(given) = message else {
        return Err(String::from("not an object"));
    };
    match given
        .keys()
        .find(|field| *field != kind && !fields.contains(&field.as_str()))
    {
        Some(field) => Err(format!("unknown field {field:?} of {word}")),
        None => Ok(()),
    }
}

/// Makes the engine; None if it cannot be had here.
fn greet(hello: &Json) -> Result<Option<engine::Engine>, String> {
    if !matches!(hello.get("version").integer(), None | Some(1)) {
        return Err(String::from("another version of the protocol"));
    }
    let wanted: Vec<&str> = match hello.get("features") {
        Json::Array(names) => names.iter().filter_map(Json::text).collect(),
        _ => engine::FEATURES.to_vec(),
    };
    let features: Vec<&str> = engine::FEATURES
        .iter()
        .copied()
        .filter(|name| wanted.contains(name))
        .collect();
    match engine::Engine::new(hello.get("interruptible").truth(), &features) {
        Ok(engine) => {
            say(&format!(
                r#"{{"say":"welcome","engine":{},"engine_version":{},"capabilities":{{"features":{},"interrupts":{},"after_interrupt":{},"covers":{},"imports":{}}}}}"#,
                quote(engine::NAME),
                quote(engine::VERSION),
                list(&features),
                quote(engine::INTERRUPTS),
                quote(engine::AFTER_INTERRUPT),
                list(engine::COVERS),
                list(engine::IMPORTS),
            ));
            Ok(Some(engine))
        }
        Err(reason) => {
            say(&format!(r#"{{"say":"unavailable","reason":{}}}"#, quote(&reason)));
            Ok(None)
        }
    }
}

fn list(names: &[&str]) -> String {
    format!(
        "[{}]",
        names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(",")
    )
}

/// Writes one reply, whole and at once.
fn say(line: &str) {
    let mut output = io::stdout().lock();
    // When nobody listens any more, standard input ends too, and with it the process.
    let _ = output
        .write_all(format!("{line}\n").as_bytes())
        .and_then(|()| output.flush());
}

struct Session {
    commands: Commands,
    /// Of the commands that run and have limits, by the id of their script.
    contexts: Mutex<HashMap<i64, Arc<Context>>>,
}

impl Session {
    fn new(engine: engine::Engine) -> Session {
        Session {
            commands: Commands::new(engine),
            contexts: Mutex::default(),
        }
    }

    fn cancel(&self, id: &Json) {
        let found = id
            .integer()
            .and_then(|id| self.contexts.lock().unwrap().get(&id).cloned());
        if let Some(context) = found {
            context.cancel();
        }
    }

    /// Runs commands in order and answers each.
    fn run(&self, script: &Json) {
        let id = script.get("id").integer().unwrap_or(0);
        for (index, command) in script.get("commands").array().iter().enumerate() {
            let started = now();
            let limits = command.get("limits");
            let timeout = limits.get("timeout").integer();
            let context = Arc::new(Context::new(
                timeout.map(|timeout| started.saturating_add(timeout)),
            ));
            if limits.get("cancelled").truth() {
                context.cancel();
            }
            if *limits != Json::Null {
                self.contexts.lock().unwrap().insert(id, context.clone());
                say(&format!(
                    r#"{{"say":"started","id":{id},"index":{index},"at":{started}}}"#
                ));
            }
            let outcome = self.outcome(command, &context);
            let ended = now();
            self.contexts.lock().unwrap().remove(&id);
            let done = context
                .done()
                .map_or(String::new(), |done| format!(r#","done":{done}"#));
            say(&format!(
                r#"{{"say":"result","id":{id},"index":{index},"outcome":{outcome},"started":{started},"ended":{ended}{done}}}"#
            ));
        }
    }

    /// What comes of a command, whatever happens.
    fn outcome(&self, command: &Json, context: &Context) -> String {
        let answer = catch_unwind(AssertUnwindSafe(|| self.commands.run(command, context)));
        match answer.unwrap_or_else(|_| Err(Outcome::Failed(String::from("the adapter panicked")))) {
            Ok(values) => {
                let values: Vec<String> = values.iter().map(protocol::Value::json).collect();
                format!(r#"{{"is":"returned","values":[{}]}}"#, values.join(","))
            }
            Err(outcome) => outcome.json(),
        }
    }
}
