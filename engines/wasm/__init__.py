"""What our engines share: types, validation, numerics, the store, linking and instantiation.

An engine built on it supplies a `engines.wasm.store.Backend`: how functions, memories, tables and globals
live.
"""
