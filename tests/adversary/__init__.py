"""Gradients evaluated in adversarial ways, and how far they lie from the exact value: within the bound, always.

`orders` holds ways to add, `machine` an arithmetic that rounds at every step, `batches` the data, `evaluations` the
gradients by hand on such a machine, `trial` the counting. Nothing here uses the closed forms of the library.
"""
