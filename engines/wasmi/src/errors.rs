//! What wasmi says went wrong, as outcomes.

use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{Error, TrapCode};

use crate::call::Interruption;
use crate::messages::{Outcome, shorten};

/// How the messages begin that wasmparser has for what cannot be decoded; it has one kind of error for all.
const MALFORMED: [&str; 20] = [
    "unexpected end",
    "unexpected data at the end of the section",
    "unexpected content",
    "magic header",
    "bad magic number",
    "unknown binary version",
    "malformed",
    "illegal opcode",
    "invalid leading byte",
    "invalid var_",
    "invalid memory limits flags",
    "invalid table resizable limits flags",
    "section",
    "expected section",
    "data count",
    "function section",
    "function and code section",
    "code section without function section",
    "control frames remain",
    "too many locals",
];
/// Of a module that can be decoded, for all that it says.
const INVALID: &str = "malformed memop alignment: alignment must not be larger than natural";

/// What came of a call.
pub fn of_call(error: &Error) -> Outcome {
    if let Some(Interruption(cause)) = error.downcast_ref() {
        return Outcome::Interrupted { cause: *cause };
    }
    match error.as_trap_code() {
        Some(TrapCode::StackOverflow) => Outcome::Exhausted,
        Some(code) => kind(code).map_or_else(
            || Outcome::failed(error),
            |kind| Outcome::Trapped { kind, message: code.trap_message().into() },
        ),
        None => Outcome::failed(error),
    }
}

/// What came of linking, of active segments, or of a start function.
pub fn of_instantiation(error: &Error) -> Outcome {
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            Outcome::Trapped { kind: "out of bounds table access", message: shorten(error) }
        }
        ErrorKind::Instantiation(
            InstantiationError::FailedToInstantiateMemory(_)
            | InstantiationError::FailedToInstantiateTable(_),
        ) => Outcome::failed(error),
        ErrorKind::Instantiation(_) | ErrorKind::Linker(_) => Outcome::Unlinkable { message: shorten(error) },
        _ => of_call(error),
    }
}

/// What came of decoding and validation.
pub fn of_compilation(error: &Error) -> Outcome {
    let message = shorten(error);
    match error.kind() {
        ErrorKind::Wasm(_)
            if MALFORMED.iter().any(|words| message.starts_with(words)) && !message.starts_with(INVALID) =>
        {
            Outcome::Malformed { message }
        }
        ErrorKind::Wasm(_) => Outcome::Invalid { message },
        _ => Outcome::failed(message),
    }
}

fn kind(code: TrapCode) -> Option<&'static str> {
    Some(match code {
        TrapCode::UnreachableCodeReached => "unreachable",
        TrapCode::MemoryOutOfBounds => "out of bounds memory access",
        TrapCode::TableOutOfBounds => "out of bounds table access", // or undefined element: it does not say
        TrapCode::IndirectCallToNull => "uninitialized element",
        TrapCode::IntegerDivisionByZero => "integer divide by zero",
        TrapCode::IntegerOverflow => "integer overflow",
        TrapCode::BadConversionToInteger => "invalid conversion to integer",
        TrapCode::BadSignature => "indirect call type mismatch",
        TrapCode::OutOfSystemMemory => "out of memory",
        TrapCode::StackOverflow | TrapCode::OutOfFuel | TrapCode::GrowthOperationLimited => return None,
    })
}
