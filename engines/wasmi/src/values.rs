//! Values of the protocol, and those of wasmi.

use wasmi::{AsContext, AsContextMut, ExternRef, F32, F64, Nullable, Store, V128, Val};

use crate::call::State;
use crate::messages::Value;

/// A value for wasmi; it says what is wrong with one that is none.
pub fn lower(store: &mut Store<State>, value: &Value) -> Result<Val, String> {
    let Value(kind, bits) = value;
    let Some(text) = bits else {
        return match kind.as_str() {
            "func" => Ok(Val::FuncRef(Nullable::Null)),
            "extern" => Ok(Val::ExternRef(Nullable::Null)),
            _ => Err(format!("no null of type {kind:?}")),
        };
    };
    let bad = || format!("no value of type {kind:?}: {text:?}");
    let bits: u128 = text.parse().map_err(|_| bad())?;
    let narrow = || u32::try_from(bits).map_err(|_| bad());
    let wide = || u64::try_from(bits).map_err(|_| bad());
    Ok(match kind.as_str() {
        "i32" => Val::I32(narrow()? as i32),
        "i64" => Val::I64(wide()? as i64),
        "f32" => Val::F32(F32::from_bits(narrow()?)),
        "f64" => Val::F64(F64::from_bits(wide()?)),
        "v128" => Val::V128(V128::from(bits)),
        "func" => {
            let seen = store.data().functions.get(wide()? as usize);
            Val::FuncRef(Nullable::Val(*seen.ok_or_else(bad)?))
        }
        "extern" => {
            let identity = wide()?;
            Val::ExternRef(Nullable::Val(ExternRef::new(store.as_context_mut(), identity)))
        }
        _ => return Err(bad()),
    })
}

pub fn lift(store: &mut Store<State>, value: &Val) -> Value {
    let (kind, bits) = match value {
        Val::I32(number) => ("i32", (*number as u32).into()),
        Val::I64(number) => ("i64", (*number as u64).into()),
        Val::F32(number) => ("f32", number.to_bits().into()),
        Val::F64(number) => ("f64", number.to_bits().into()),
        Val::V128(vector) => ("v128", vector.as_u128()),
        Val::FuncRef(Nullable::Null) => return Value("func".into(), None),
        Val::ExternRef(Nullable::Null) => return Value("extern".into(), None),
        Val::FuncRef(Nullable::Val(function)) => {
            let seen = &mut store.data_mut().functions;
            seen.push(*function);
            ("func", seen.len() as u128 - 1)
        }
        Val::ExternRef(Nullable::Val(object)) => {
            let identity = object.data(store.as_context()).downcast_ref::<u64>();
            ("extern", (*identity.expect("all objects are numbers")).into())
        }
    };
    number(kind, bits)
}

pub fn number(kind: &str, bits: u128) -> Value {
    Value(kind.into(), Some(bits.to_string()))
}
