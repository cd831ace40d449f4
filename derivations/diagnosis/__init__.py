"""What is wrong with a gradient: mistakes as transformations of its certified formula.

Nothing in this room imports torch, numpy or SymPy: formulas are plain data (`trees`), made from derivations by
`closed_form.writers.trees`, so that all of it also runs in a browser. `torch_bridge.diagnose` brings tensors to it.
"""
