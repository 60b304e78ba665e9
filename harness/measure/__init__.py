"""Measuring: how late interruptions come, what being interruptible costs, how engines compare, what grows."""
