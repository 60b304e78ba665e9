"""The native side, which knows nothing of WebAssembly: pages, objects, code, and LLVM.

LLVM emits relocatable ELF objects, on every system; they are linked here into position-independent images and
loaded into pages of our own, which are given back with the last reference to them.
"""
