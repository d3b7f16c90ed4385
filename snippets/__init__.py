"""Deep-learning fundamentals in NumPy: one module a chapter, one function a topic, its gradient beside it."""
