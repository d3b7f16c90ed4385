"""Deep-learning fundamentals in NumPy: one module per chapter, one function per topic, its gradient beside it."""
