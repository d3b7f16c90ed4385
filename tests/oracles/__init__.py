"""Independent truth: mpmath's formulas with hundreds of digits, and PyTorch's recorded answers."""
