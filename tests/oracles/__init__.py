"""Independent truth: mpmath formulas with 800 digits, PyTorch's recorded answers, and the distance to them."""
