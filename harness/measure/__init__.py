"""Measuring: how late an interruption comes, what being interruptible costs, how two engines compare."""
