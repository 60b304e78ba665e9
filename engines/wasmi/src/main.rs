//! An engine of stopwat: wasmi, behind the protocol of docs/protocol.md, on standard input and output.
//!
//! `context`, `messages` and `session` are the protocol and know nothing of wasmi; the rest is wasmi.

mod call;
mod context;
mod engine;
mod errors;
mod features;
mod host;
mod messages;
mod session;
mod values;

use std::process::exit;

fn main() {
    match session::serve(std::io::stdin().lock()) {
        // Calls that run on do not keep the process: their threads go with it.
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("stopwat wasmi: {error}");
            exit(1);
        }
    }
}
