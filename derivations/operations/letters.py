"""The letters of the operations, beside those that all formulas share."""

from __future__ import annotations

from sympy import IndexedBase, Symbol

#: Operands, and values that are looked up; what is added from elsewhere.
A, B, V, E = map(IndexedBase, ("A", "B", "V", "E"))
#: Numbers that the options of torch stand for.
alpha, beta, gamma, lower, upper = map(Symbol, ("alpha", "beta", "gamma", "lambda", "eta"))
