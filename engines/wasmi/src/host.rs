//! The functions of the host that scenarios import.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmi::{AsContextMut, Caller, Error, Func};

use crate::call::{Access, Call, Interruption, State, prepare, run};

pub const NAMES: [&str; 7] =
    ["nop", "sleep", "sleep-deaf", "cancel", "reenter", "reenter-background", "swallow"];

/// The function of one of the names.
pub fn function(store: impl AsContextMut<Data = State>, name: &str) -> Func {
    match name {
        "nop" => Func::wrap(store, |_: Caller<'_, State>| {}),
        "sleep" => Func::wrap(store, |caller: Caller<'_, State>, milliseconds: u32| {
            with_call(caller, |_, call| {
                let closed = || if call.interruptible { call.closed() } else { None };
                let nanoseconds = i64::from(milliseconds) * 1_000_000;
                let woken = call.context.sleep(nanoseconds, || closed().or_else(|| call.context.cause()));
                woken.map_or(Ok(()), |cause| Err(Interruption(cause).into()))
            })
        }),
        "sleep-deaf" => Func::wrap(store, |caller: Caller<'_, State>, milliseconds: u32| {
            with_call(caller, |_, _| {
                thread::sleep(Duration::from_millis(milliseconds.into()));
                Ok(())
            })
        }),
        "cancel" => Func::wrap(store, |caller: Caller<'_, State>| {
            with_call(caller, |_, call| {
                call.context.cancel();
                Ok(())
            })
        }),
        "reenter" => Func::wrap(store, |caller: Caller<'_, State>| with_call(caller, inner)),
        "reenter-background" => Func::wrap(store, |caller: Caller<'_, State>| {
            with_call(caller, |caller, call| {
                let context = call.context.background();
                let instance = call.instance.clone();
                inner(caller, &Arc::new(Call { context, instance, interruptible: call.interruptible }))
            })
        }),
        "swallow" => Func::wrap(store, |caller: Caller<'_, State>| {
            with_call(caller, |caller, call| match inner(caller, call) {
                Err(error) if error.downcast_ref::<Interruption>().is_some() => Ok(()),
                done => done,
            })
        }),
        _ => unreachable!("{name} is not among the names"),
    }
}

/// Does the work of a function for the call that it belongs to, which then looks at once whether to go on.
fn with_call(
    mut caller: Caller<'_, State>,
    body: impl FnOnce(&mut Caller<'_, State>, &Arc<Call>) -> Result<(), Error>,
) -> Result<(), Error> {
    let call = caller.data().call.clone().expect("who calls the host was called");
    let done = body(&mut caller, &call);
    caller.enter(|mut store| prepare(&mut store, &call, 0))?;
    done
}

/// Calls the export `inner` of the instance of a call.
fn inner(caller: &mut Caller<'_, State>, call: &Arc<Call>) -> Result<(), Error> {
    let instance = call.instance.as_ref();
    let instance =
        instance.ok_or_else(|| Error::new("the instance being made has no exports to enter yet"))?;
    let function = instance.exports.get_func(&*caller, "inner");
    let function = function.ok_or_else(|| Error::new("no exported function \"inner\""))?;
    run(caller, call, function, &[]).map(|_| ())
}
