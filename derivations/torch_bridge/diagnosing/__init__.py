"""For dv.diagnose: a batch as the cases of a diagnosis, and tensors as its arrays."""
