"""The official test suite: its scripts read, planned for an engine, run in a worker, and judged."""
