"""A formula that somebody typed, against a criterion's own gradient. Needs no torch for a Loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .closed_form.problems import problem
from .diagnosis.check import check as check_problem
from .diagnosis.diagnosis import Diagnosis
from .diagnosis.problem import Problem
from .losses.base import Loss
from .subject import check_subject

if TYPE_CHECKING:
    from .explanation import Explanation


def check(text: str, explanation: Explanation | Loss, wrt: str | None = None) -> Diagnosis:
    """Is this formula the gradient, and if not, what was done? `dv.check("(softmax(Z) - Y) / N", dv.CrossEntropy())`.

    - `text`: a Python or NumPy expression, a function or short program as in NumPy or torch, LaTeX, or a formula with
      indices such as `sum_n (p_nj - y_nj) x_nm / N`. It may name Z (N, C), P, X (N, D), W (C, D), b (C,), the labels y
      (N,) or the targets Y (N, C), the options by torch's names, N, C and D, and, for weight, bias and inputs,
      G = ∂L/∂Z; usual other names for these are known too.
    - `explanation`: what `explain` returns, or a criterion as a formula: `CrossEntropy(label_smoothing=True)`.
    - `wrt`: "outputs" (Z), "weight" (W), "bias" (b), "inputs" (X), or another name that the explanation has; left out,
      the outputs.

    The text is read by a grammar that lists what it may contain, and run over small arrays with a budget; nothing of
    it is ever executed. The diagnosis is true where the formula equals the certified gradient on arrays of several
    sizes, or is off by less than a millionth of its largest entry, which is then said; `numbers["read"]` is the formula
    as it was read. Raises NotUnderstood, a ValueError that says where and what is accepted, for a text that is no
    formula or cannot be computed; ValueError for a `wrt` there is no gradient in; TypeError for a criterion that is
    none.
    """
    model = getattr(getattr(explanation, "setup", None), "model", None)
    one = 1 if model is not None and model.out_features == 1 else None  # N·C is N
    return check_problem(text, _problem(explanation, "outputs" if wrt is None else wrt), one)


def _problem(explanation: Explanation | Loss, wrt: str) -> Problem:
    setup: Any = getattr(explanation, "setup", None)
    if setup is None:
        check_subject("check", explanation, Loss)
        assert isinstance(explanation, Loss)
        return problem(explanation, wrt, model=True)
    setup.derivation(wrt)  # refuses what there is no gradient in
    return problem(setup.loss, wrt, bias=setup.has_bias, model=setup.model is not None)
