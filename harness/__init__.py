"""The framework: it drives engines, judges them, and knows none of them."""
