"""softmax and log-sum-exp: the definition of P, and the one derivative the losses use."""

from __future__ import annotations

from functools import cache

from sympy import exp, log

from .derivation import Derivation, derive_lines
from .index_calculus.expressions import Context, Definition, Partial
from .index_calculus.rules import chain, collapse, fold, independent, linear
from .index_calculus.symbols import P, Z, c, i, j, k, n, sum_over
from .wording import Words

#: P_nc := e^{Z_nc} / Σ_k e^{Z_nk}
SOFTMAX = Definition(P[n, c], exp(Z[n, c]) / sum_over(exp(Z[n, k]), k))


@cache
def log_sum_exp_derivative() -> Derivation:
    """∂ log Σ_k e^{Z_nk} / ∂Z_ij = P_nj δ_ni: the derivative of log-sum-exp is softmax."""
    return derive_lines(
        title=Words("log-sum-exp 的导数是 softmax", "the derivative of log-sum-exp is softmax"),
        left=Partial(log(sum_over(exp(Z[n, k]), k)), Z[i, j]),
        plan=[[chain], [linear, chain], [independent], [collapse()], [fold(SOFTMAX)]],
        context=Context({"P": SOFTMAX}),
        targets=(i, j),
        shown=("P",),
    )
