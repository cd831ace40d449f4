"""The only room that imports torch: reading modules, running autograd and the printed code, certifying."""
