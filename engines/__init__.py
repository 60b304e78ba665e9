"""The engines: two references of our own, and adapters of the ones people run."""
