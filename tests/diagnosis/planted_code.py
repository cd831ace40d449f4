"""Mistakes planted in the printed code of every criterion: what was written, what is written for it, what that is.

A plant is made wherever its text stands. It counts where it changes the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import cases
import numpy as np
import torch
from answers import Answer, Named, answers, divisor, m

from derivations.closed_form.names import name_of

SIGN, ONE_HOT = m("sign"), m("term missing", term=("Ŷ", "Y_hat", "Y"))
HALF = m("factor", times=0.5)
NOT_DIVIDED = divisor(("S", "1"), ("N", "1"))
WEIGHT_GONE = (m("option missing", option="weight"), m("factor missing"), m("option ignored", option="weight"))
POS_WEIGHT_GONE = (m("option missing", option="pos_weight"), m("option ignored", option="pos_weight"))
GRAD_OUTPUT_GONE, GRAD_OUTPUT_TWICE = m("grad_output ignored"), m("grad_output twice")


def smoothing(how: str) -> tuple[Named, ...]:
    """ε left out of A scales all of P − Ŷ, which is told by a factor just as well; ε/(C − 1) is on every class here."""
    others = {"ε/C": m("factor", times=0.9), "C−1": m("smoothing", how="ε/(C−1)")}
    return (m("smoothing", how=how), *([others[how]] if how in others else []))


#: In the line of which name, the text, the text for it, and what that is.
PLANTS: tuple[tuple[str, str, str, tuple[Named | Answer, ...]], ...] = (
    ("G", "1 / S * ", "", (NOT_DIVIDED,)),
    ("G", "1 / S * ", "1 / (N * C) * ", (divisor(("S", "N·C"), ("N", "N·C")),)),
    ("G", "1 / S * ", "1 / C * ", (divisor(("S", "C"), ("N", "C")),)),
    ("G", "1 / S * ", "-1 / S * ", (SIGN,)),
    ("G", "1 / N * ", "", (divisor("N", "1"),)),
    ("G", "1 / N * ", "1 / C * ", (divisor("N", "C"),)),
    ("G", "1 / N * ", "-1 / N * ", (SIGN,)),
    ("G", "/ (N * C)", "/ N", (divisor("N·C", "N"),)),
    ("G", "/ (N * C)", "/ C", (divisor("N·C", "C"),)),
    ("G", "/ (N * C)", "", (divisor("N·C", "1"),)),
    ("G", "2 / ", "1 / ", (HALF,)),
    ("G", "2 * ", "", (HALF,)),
    ("G", "Z - Y", "Y - Z", (SIGN,)),
    ("G", "Z - Y", "Z + Y", (m("term sign", term="Y"),)),
    ("G", "Z - Y", "Z", (m("term missing", term="Y"),)),
    ("G", "Z - Y", "(Z - Y) ** 2", (m("not differentiated"), m("not differentiated", what="squared"))),
    ("G", "P - Y_hat", "Y_hat - P", (SIGN,)),
    ("G", "P - Y_hat", "P + Y_hat", (m("term sign", term=("Ŷ", "Y_hat", "Y")),)),
    ("G", "P - Y_hat", "P", (ONE_HOT,)),
    ("G", "P - Y_hat", "-Y_hat", (m("term missing", term="P"), m("another gradient"))),
    ("G", "P - Y_hat", "Z - Y_hat", (m("softmax missing"),)),
    ("G", "P - Y_hat", "P * (1 - P) * (P - Y_hat)", (m("differentiated twice"),)),
    ("G", "P - A", "P + A", (m("term sign", term=("A", "Ŷ", "Y")),)),
    ("G", "P - Y", "P + Y", (m("term sign", term=("A", "Ŷ", "Y")),)),
    ("G", "sigma - Y", "Y - sigma", (SIGN,)),
    ("G", "sigma - Y", "sigma", (m("term missing", term="Y"),)),
    ("G", "sigma - Y", "sigma + Y", (m("term sign", term="Y"),)),
    ("G", "sigma - Y", "(sigma - Y) * sigma * (1 - sigma)", (m("differentiated twice"),)),
    ("G", "Y.sum(1)[:, None] * P", "P", (m("factor missing"),)),
    ("G", " * pos_weight", "", POS_WEIGHT_GONE),
    ("G", " * weight", "", WEIGHT_GONE),
    ("G", " * weight", " * weight**2", (m("option twice", option="weight"),)),
    ("G", "mu * weight[y]", "mu", WEIGHT_GONE),
    ("G", "(mu * weight[y])[:, None]", "mu[:, None] * weight", (m("weight by column"),)),
    ("G", "mu * weight[y]", "mu * weight[y] ** 2", (m("option twice", option="weight"),)),
    ("G", " * grad_output", "", (GRAD_OUTPUT_GONE,)),
    ("G", " * grad_output", " * grad_output**2", (GRAD_OUTPUT_TWICE,)),
    ("G", "grad_output[:, None] * ", "", (GRAD_OUTPUT_GONE,)),
    ("A", "mu * grad_output", "mu", (GRAD_OUTPUT_GONE,)),
    ("A", "mu * grad_output", "mu * grad_output**2", (GRAD_OUTPUT_TWICE,)),
    ("A", "grad_output[:, None] * ", "", (GRAD_OUTPUT_GONE,)),
    ("A", "label_smoothing / C", "label_smoothing", smoothing("ε")),
    ("A", "label_smoothing / C", "label_smoothing / (C - 1)", smoothing("C−1")),
    ("A", "label_smoothing / C", "0", smoothing("ε/C")),
    ("A", "(1 - label_smoothing) * ", "", smoothing("1−ε")),
    ("A", "label_smoothing / C * weight", "label_smoothing / C", WEIGHT_GONE),
    ("A", "(weight[y][:, None] * Y_hat)", "Y_hat", WEIGHT_GONE),
    ("A", ") * weight", ")", WEIGHT_GONE),
    ("G", "label_smoothing / C", "label_smoothing", smoothing("ε")),
    ("G", "label_smoothing / C", "label_smoothing / (C - 1)", smoothing("C−1")),
    ("G", "label_smoothing / C", "0", smoothing("ε/C")),
    ("G", "(1 - label_smoothing) * Y_hat", "Y_hat", smoothing("1−ε")),
    ("P", "softmax(Z)", "Z", (m("softmax missing"),)),
    ("P", "softmax(Z)", "softmax(softmax(Z))", (m("softmax twice"),)),
    ("P", "softmax(Z)", "softmax(Z.T).T", (m("softmax axis"),)),
    ("P", "softmax(Z)", "np.exp(Z)", (m("softmax not normalised"),)),
    ("P", "softmax(Z)", "1 / (1 + np.exp(-Z))", (m("sigmoid for softmax"),)),
    ("P", "softmax(Z)", "np.log(softmax(Z))", (m("log for probability"),)),
    ("sigma", "np.exp(-np.logaddexp(0, -Z))", "Z", (m("sigmoid missing"),)),
    ("sigma", "np.exp(-np.logaddexp(0, -Z))", "np.exp(Z) / np.exp(Z).sum(1)[:, None]", (m("softmax for sigmoid"),)),
    ("sigma", "np.exp(-np.logaddexp(0, -Z))", "-np.logaddexp(0, -Z)", (m("log for probability"),)),
    ("S", "mu.sum()", "N", (divisor("S", "N"),)),
    ("S", "(mu * weight[y]).sum()", "N", (divisor("S", "N"),)),
    ("S", "(mu * weight[y]).sum()", "weight.sum()", (divisor("S", "Σw"),)),
    ("S", "(mu * weight[y]).sum()", "mu.sum()", (divisor(("S", "kept"), ("S", "N")),)),
    ("S", "weight.sum()", "N * C", (divisor(("S", "N·C"), ("Σw", "N·C")),)),
    ("Y_hat", "[y]", "[(y + 1) % C]", (m("labels shifted"),)),
    ("return", '"outputs": G', '"outputs": 2 * G', (m("factor", times=2), m("counted twice"))),
    ("return", "G.T @ X", "X.T @ G", (m("transposed"),)),
    ("return", "G.T @ X", "-G.T @ X", (SIGN,)),
    ("return", "G.T @ X", "G[1:].T @ X[1:]", (m("sample missing", row="0"),)),
    ("return", "G.sum(0)", "np.full(C, G.sum())", (m("summed", how="everything"), m("zero"))),
    ("return", "G.sum(0)", "G[:-1].sum(0)", (m("sample missing", row="6"),)),
    ("return", "G @ W", "-(G @ W)", (SIGN,)),
)
TENSORS = {"G.T @ X": "weight", "G.sum(0)": "bias", "G @ W": "inputs"}


@dataclass(frozen=True)
class Planted:
    """What the wrong code gives, and all that a diagnosis needs."""

    name: str
    wrt: str
    given: torch.Tensor
    right: torch.Tensor
    case: tuple[Any, ...]
    accepted: tuple[Answer, ...]

    @property
    def tells(self) -> bool:
        """Is it wrong at these data, by more than the rounding of sums that are 0?"""
        if self.given.shape != self.right.shape:
            return True
        off = (self.given - self.right).abs().max()
        return bool(off > 1e-9 * self.right.abs().max())


def run(code: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The results of printed code, of those of the arguments that it takes."""
    names: dict[str, Any] = {"np": np}
    exec(code, names)
    function = names["gradients"]
    taken = function.__code__.co_varnames[: function.__code__.co_argcount]
    return dict(function(**{name: arguments[name] for name in taken}))


@cache
def plants() -> tuple[Planted, ...]:
    """Of each mistake one, in a criterion that is not always the same: all of them are some 1,300."""
    found: dict[str, list[Planted]] = {}
    for each in every():
        found.setdefault(each.name.split(": ", 1)[1], []).append(each)
    return tuple(made[(7 * turn + 3) % len(made)] for turn, made in enumerate(found.values()))


def every() -> Iterator[Planted]:
    """Each mistake in each criterion; `make bench` has all of them diagnosed, and counts."""
    return (each for each in _plants() if each.tells)


def _plants() -> Iterator[Planted]:
    for name, make in cases.CASES.items():
        if not name.endswith(" of a linear model"):
            continue
        explanation, inputs, given, incoming = make(torch.float64)
        outputs = explanation.setup.of_linear
        code = explanation.code(outputs, "weight", "bias", "inputs", backend="numpy")
        values = {"grad_output": incoming, **explanation.setup.options}
        layer = explanation.setup.model
        values |= {"X": inputs, "W": layer.weight, "b": layer.bias}
        operands = zip(explanation.loss.operands, given if isinstance(given, tuple) else (given,), strict=True)
        values |= {name_of(operand.letter): value for operand, value in operands}
        arrays = {
            key: value.detach().numpy() if isinstance(value, torch.Tensor) else value for key, value in values.items()
        }
        right = run(code, arrays)
        for line, old, new, accepted in PLANTS:
            lines = code.splitlines()
            start, there = (
                'return {"' if line == "return" else f"{line} = ",
                r"(?<!/ )" + re.escape(old) + r"(?![\w\[])",
            )
            found = [n for n, text in enumerate(lines) if text.strip().startswith(start) and re.search(there, text)]
            if not found or ("@ weight" in lines[found[-1]] and "**2" in new):  # the weight stands there twice
                continue
            lines[found[-1]] = re.sub(there, new, lines[found[-1]])
            wrt = TENSORS.get(old, outputs)
            with np.errstate(all="ignore"):
                wrong = run("\n".join(lines), arrays)[wrt]
            yield Planted(
                f"{name}: {line}: {old} → {new or 'nothing'}",
                wrt,
                torch.as_tensor(np.array(wrong)),
                torch.as_tensor(np.array(right[wrt])),
                (explanation, inputs, given, incoming),
                answers(*accepted),
            )
