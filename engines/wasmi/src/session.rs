//! What is said after one another: the greeting, then scripts, each on a thread of its own.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use crate::context::{Bell, Context, now};
use crate::engine::Engine;
use crate::messages::{Command, Outcome, Reply, Request, VERSION};

struct Session {
    engine: Engine,
    bell: Arc<Bell>,
    /// The contexts of what runs and can be cancelled, by the id of its script.
    running: Mutex<HashMap<u64, Arc<Context>>>,
}

/// Heeds requests until told to end; the end of the input is an error, as nobody says how it goes on.
pub fn serve(mut input: impl BufRead) -> Result<(), String> {
    let (interruptible, features) = match read(&mut input)? {
        Request::Hello { version: VERSION, interruptible, features } => (interruptible, features),
        _ => return Err(format!("the first message must be hello, version {VERSION}")),
    };
    let bell = Arc::new(Bell::default());
    let engine = Engine::new(interruptible, features.as_deref(), bell.clone());
    say(&engine.welcome());
    let session = Arc::new(Session { engine, bell, running: Mutex::default() });
    loop {
        match read(&mut input)? {
            Request::Script { id, commands } => {
                let session = session.clone();
                thread::spawn(move || session.run(id, commands));
            }
            Request::Cancel { id } => {
                let running = session.running.lock().get(&id).cloned();
                running.inspect(|context| context.cancel());
            }
            Request::CloseInstance { instance } => session.engine.close(&instance),
            Request::Shutdown {} => return Ok(()),
            Request::Hello { .. } => return Err("hello is said once".into()),
        }
    }
}

impl Session {
    /// Runs commands in order and answers each.
    fn run(&self, id: u64, commands: Vec<Command>) {
        for (index, command) in commands.into_iter().enumerate() {
            let started = now();
            let context = Context::new(command.limits(), started, &self.bell);
            if command.limits().is_some() {
                self.running.lock().insert(id, context.clone());
                say(&Reply::Started { id, index, at: started });
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| self.engine.run(command, &context)))
                .unwrap_or_else(|reason| Outcome::failed(format!("panic: {}", words(&*reason))));
            let ended = now();
            self.running.lock().remove(&id);
            let done = context.done_at().map(|(_, at)| at).filter(|at| *at <= ended);
            say(&Reply::Result { id, index, outcome, started, ended, done });
        }
    }
}

fn read(input: &mut impl BufRead) -> Result<Request, String> {
    let mut line = Vec::new();
    match input.read_until(b'\n', &mut line) {
        Ok(0) => Err("the input has ended".into()),
        Ok(_) => serde_json::from_slice(&line).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes a reply, whole and at once.
fn say(reply: &Reply) {
    let mut line = serde_json::to_vec(reply).expect("replies have no keys but strings");
    line.push(b'\n');
    let mut output = io::stdout().lock();
    if output.write_all(&line).and_then(|()| output.flush()).is_err() {
        exit(1); // nobody listens any more
    }
}

fn words(reason: &dyn std::any::Any) -> &str {
    let text = reason.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| reason.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
