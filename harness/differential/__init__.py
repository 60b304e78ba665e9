"""Engines against each other, on any module: where the official suite has no answer, they vote.

`canonical` takes out of a module what the standard leaves open, `subject` says what can be called in it, and
with what, `panel` has the engines make the same calls, `vote` tells where they part, and `search` looks for
the smallest calls that part them.
"""
