//! Calls of the guest: in slices of fuel, with a look between them whether to go on.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use wasmi::errors::HostError;
use wasmi::{AsContextMut, Caller, Error, Func, ResumableCall, Store, StoreContextMut, Val};

use crate::context::Context;
use crate::engine::Instance;
use crate::messages::Cause;

/// Fuel between two looks: some ten thousand instructions, or bulk operations over 640 KiB.
const SLICE: u64 = 10_000;

/// What runs: its context, and the instance that was entered from outside, None while it is made.
pub struct Call {
    pub context: Arc<Context>,
    pub instance: Option<Arc<Instance>>,
    /// Whether it can be interrupted, that is, whether it runs on fuel.
    pub interruptible: bool,
}

impl Call {
    /// Why it has to stop; None while it may go on.
    pub fn cause(&self) -> Option<Cause> {
        if !self.interruptible {
            return None;
        }
        self.closed().or_else(|| self.context.cause())
    }

    pub fn closed(&self) -> Option<Cause> {
        self.instance.as_ref().filter(|instance| instance.closed()).map(|_| Cause::Closed)
    }

    /// Raises why it has to stop.
    pub fn heed(&self) -> Result<(), Error> {
        self.cause().map_or(Ok(()), |cause| Err(Interruption(cause).into()))
    }
}

/// What ends a call that was told to stop.
#[derive(Debug)]
pub struct Interruption(pub Cause);

impl fmt::Display for Interruption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "interrupted: {:?}", self.0)
    }
}

impl HostError for Interruption {}

impl From<Interruption> for Error {
    fn from(interruption: Interruption) -> Error {
        Error::host(interruption)
    }
}

/// What a store knows of those who use it.
#[derive(Default)]
pub struct State {
    /// Who runs at the moment.
    pub call: Option<Arc<Call>>,
    /// Functions that somebody outside has seen, by their handles.
    pub functions: Vec<Func>,
}

pub type SharedStore = Arc<Mutex<Store<State>>>;

/// A way into a store: from outside, where others may come in between, or from a function of the host.
pub trait Access {
    fn enter<R>(&mut self, body: impl FnOnce(StoreContextMut<'_, State>) -> R) -> R;
}

impl Access for &SharedStore {
    fn enter<R>(&mut self, body: impl FnOnce(StoreContextMut<'_, State>) -> R) -> R {
        body(self.lock().as_context_mut())
    }
}

impl Access for Caller<'_, State> {
    fn enter<R>(&mut self, body: impl FnOnce(StoreContextMut<'_, State>) -> R) -> R {
        body(self.as_context_mut())
    }
}

/// Runs a function to its end, or until its call has to stop.
pub fn run(
    store: &mut impl Access,
    call: &Arc<Call>,
    function: Func,
    args: &[Val],
) -> Result<Vec<Val>, Error> {
    call.heed()?;
    let mut results = Vec::new();
    let mut state = store.enter(|mut context| {
        let types = function.ty(&context);
        results.extend(types.results().iter().copied().map(Val::default_for_ty));
        prepare(&mut context, call, SLICE)?;
        function.call_resumable(context, args, &mut results)
    })?;
    loop {
        match state {
            ResumableCall::Finished => return Ok(results),
            ResumableCall::HostTrap(ended) => return Err(ended.into_host_error()),
            ResumableCall::OutOfFuel(paused) => {
                call.heed()?;
                state = store.enter(|mut context| {
                    prepare(&mut context, call, SLICE.max(paused.required_fuel()))?;
                    paused.resume(context, &mut results)
                })?;
            }
        }
    }
}

/// Makes a store ready for a call to run in it, with so much fuel if it runs on that.
pub fn prepare(store: &mut StoreContextMut<'_, State>, call: &Arc<Call>, fuel: u64) -> Result<(), Error> {
    store.data_mut().call = Some(call.clone());
    if call.interruptible { store.set_fuel(fuel) } else { Ok(()) }
}
