"""WASI preview 1, as far as a program needs it that computes: functions of the host.

A program has arguments, an environment, clocks, random bytes, standard streams and an end. Its input is given
beforehand, what it writes is told as it writes it; there are no files and no network. Every function of the
standard can be imported; those beyond that answer ENOSYS.

The standard: https://github.com/WebAssembly/WASI, ``legacy/preview1/docs.md``.
"""
