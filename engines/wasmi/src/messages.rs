//! Everything that is said, as docs/protocol.md has it.

use std::fmt::Display;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

#[derive(Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    Hello {
        #[serde(default = "version")]
        version: u32,
        #[serde(default)]
        interruptible: bool,
        #[serde(default)]
        features: Option<Vec<String>>,
    },
    Script {
        id: u64,
        commands: Vec<Command>,
    },
    Cancel {
        id: u64,
    },
    CloseInstance {
        instance: String,
    },
    Shutdown {},
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    Compile {
        module: String,
        binary: Bytes,
        #[serde(default)]
        limits: Option<Limits>,
    },
    Instantiate {
        instance: String,
        module: String,
        #[serde(default)]
        limits: Option<Limits>,
    },
    Register {
        name: String,
        instance: String,
    },
    Host {
        name: String,
        functions: Vec<String>,
    },
    #[allow(dead_code)] // refused, but not for fields that do not exist
    Wasi {
        name: String,
        #[serde(default)]
        args: Vec<String>,
        #[serde(default)]
        env: Vec<String>,
        #[serde(default)]
        stdin: Bytes,
        #[serde(default)]
        seed: Option<i64>,
    },
    Invoke {
        instance: String,
        export: String,
        #[serde(default)]
        args: Vec<Value>,
        #[serde(default)]
        limits: Option<Limits>,
    },
    Get {
        instance: String,
        export: String,
    },
    Set {
        instance: String,
        export: String,
        value: Value,
    },
    ReadMemory {
        instance: String,
        export: String,
        #[serde(default)]
        offset: u64,
        #[serde(default)]
        length: Option<u64>,
    },
    WriteMemory {
        instance: String,
        export: String,
        offset: u64,
        data: Bytes,
    },
    Close {
        instance: String,
    },
    Drop {
        #[serde(default)]
        module: Option<String>,
        #[serde(default)]
        instance: Option<String>,
        #[serde(default)]
        registered: Option<String>,
    },
}

impl Command {
    /// The context that it asks for; None: one that is never done.
    pub fn limits(&self) -> Option<&Limits> {
        match self {
            Command::Compile { limits, .. }
            | Command::Instantiate { limits, .. }
            | Command::Invoke { limits, .. } => limits.as_ref(),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Nanoseconds from the start of the command.
    #[serde(default)]
    pub timeout: Option<i64>,
    #[serde(default)]
    pub cancelled: bool,
}

/// A type, and bits in decimal, None for a null reference.
#[derive(Serialize, Deserialize)]
pub struct Value(pub String, pub Option<String>);

/// Base64.
#[derive(Default)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes).map_err(D::Error::custom)
    }
}

#[derive(Serialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum Reply {
    Welcome {
        engine: &'static str,
        engine_version: &'static str,
        capabilities: Capabilities,
    },
    Started {
        id: u64,
        index: usize,
        at: i64,
    },
    Result {
        id: u64,
        index: usize,
        outcome: Outcome,
        started: i64,
        ended: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        done: Option<i64>,
    },
}

#[derive(Serialize)]
pub struct Capabilities {
    pub features: Vec<&'static str>,
    pub interrupts: &'static str,
    pub after_interrupt: &'static str,
    pub covers: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    Returned {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        values: Vec<Value>,
    },
    Trapped {
        kind: &'static str,
        message: String,
    },
    Exhausted,
    Interrupted {
        cause: Cause,
    },
    Malformed {
        message: String,
    },
    Invalid {
        message: String,
    },
    Unlinkable {
        message: String,
    },
    Unsupported {
        message: String,
    },
    Failed {
        message: String,
    },
}

impl Outcome {
    pub fn failed(message: impl Display) -> Outcome {
        Outcome::Failed { message: shorten(message) }
    }
}

/// Characters of an error's text that are passed on.
const LONGEST: usize = 4096;

pub fn shorten(message: impl Display) -> String {
    message.to_string().chars().take(LONGEST).collect()
}

#[derive(Serialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    Deadline,
    Cancelled,
    Closed,
}

pub const VERSION: u32 = 1;

fn version() -> u32 {
    VERSION
}
