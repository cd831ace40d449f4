"""The three accounts of a gradient: the printed code, torch's autograd, exact values."""
