"""Wasm to LLVM's textual IR: string templates, a function in one pass over its body.

A body is read as it stands, flat, with a stack of operands that are names of LLVM values or literals, and a
stack of control frames. Locals are stack slots, which LLVM turns into values; dead code is skipped.
"""
