"""Engines live in processes that can be killed: the protocol, the worker, the supervisor."""
