"""Numbers of any kind and shape as the matrices of the formulas, whole, in parts, or a sample of them."""
