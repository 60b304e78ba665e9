"""The standard as data: features, types, instructions, the syntax of modules, and their binary format.

Facts without behaviour. The harness generates modules and names the features they need from here; the front
end of our engines (`engines.wasm`) validates and executes by the same tables.
"""
