"""What a step did wrong, as a diagnosis: sentence, formula, and the numbers that show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...verdict import DISAGREES
from ...words import Words
from ..diagnosis import Diagnosis
from ..mistake import Mistake
from .sentences import LISTED, Told, listed, sentence
from .steps import factors

Explained = tuple[tuple[Mistake, ...], tuple[float, ...]]


def diagnosis(found: Sequence[Explained], told: Told) -> Diagnosis:
    """Of what explains a step: the first of several is said, the others are alternatives."""
    (mistakes, counts), *others = found
    sentences = [sentence(each, told) for each in mistakes]
    joined = Words("".join(each.zh for each in sentences), " ".join(each.en for each in sentences))
    alternatives = tuple(dict.fromkeys(each for each, _ in others if each != mistakes))
    return Diagnosis(
        verdict=DISAGREES,
        sentence=joined,
        mistakes=mistakes,
        latex=_latex(mistakes, counts, told),
        numbers=_numbers(mistakes, counts, told),
        explained=told.entries,
        entries=told.entries,
        alternatives=alternatives,
    )


def step_sentence(sentence: Words, wrong: str, right: Sequence[str]) -> Words:
    """A diagnosis of one parameter's gradient, of a step in which no counts of parts explain all of them."""
    but = f"，{'、'.join(right)} 的对" if right else ""
    only = f", that of the {' and the '.join(right)} is right" if right else ""
    return Words(
        f"{wrong} 的梯度不对{but}；各小批怎样加权都解释不了。{sentence.zh}",
        f"The gradient of the {wrong} is wrong{only}; no weighting of the parts explains it. {sentence.en}",
    )


def _numbers(mistakes: Sequence[Mistake], counts: Sequence[float], told: Told) -> dict[str, Any]:
    account = told.account
    numbers: dict[str, Any] = {}
    if len(account.parts) > 1:
        if len(account.parts) > account.ranks or account.ranks == 1:
            numbers["S_k"] = f"{listed(account.sizes)}, S = {listed([account.size])}"
        if account.ranks > 1:
            numbers["S_r"] = f"{listed(account.of_ranks())}, S = {listed([account.size])}"
        if counts:
            numbers["counts"] = listed(counts)
    for mistake in mistakes:
        for formula, values in factors(account, mistake):
            numbers["factors"] = f"{listed(values)} ({formula})"
    if counts and all(counts) and mistakes[-1].key == "part scale":
        numbers["factors"] = listed([1 / each for each in counts])
    if told.norms is not None and any(each.key in ("clipped", "scaled", "averaged") for each in mistakes):
        numbers["norm"] = ", ".join(f"{each:.6g}" for each in told.norms)
    return numbers


def _latex(mistakes: Sequence[Mistake], counts: Sequence[float], told: Told) -> str:
    """given = …, with g for the whole batch's gradient, and g_k for a part's own."""
    account, form = told.account, _LATEX.get(mistakes[0].key)
    if mistakes[0].key == "updated in the loop":
        return ""  # no sum of shares of one gradient
    share = r"\frac{S_k}{S}\, g_k" if account.mean else "g_k"
    right = rf", \qquad g = \sum_k {share}"
    if form is not None and len(mistakes) == 1 and (account.mean or "sum" not in form(mistakes[0])):
        return rf"\text{{given}} = {form(mistakes[0])}{right}"
    if not 0 < len(counts) <= LISTED:
        return ""
    terms = [rf"{count:.4g}\, h_{{{place}}}" for place, count in enumerate(counts, 1) if count]
    total = " + ".join(terms).replace("+ -", "- ") or "0"
    return rf"\text{{given}} = {total}, \qquad g = \sum_k h_k, \quad h_k = {share}"


_LATEX: dict[str, Callable[[Mistake], str]] = {
    "mean of means": lambda m: r"\frac{1}{K}\sum_k g_k",
    "last part too much": lambda m: r"\frac{1}{K}\sum_k g_k",
    "mean of ranks": lambda m: r"\frac{1}{W}\sum_r g_r",
    "not averaged": lambda m: r"\sum_k g_k" if m["of"] == "parts" else r"\sum_r g_r",
    "averaged": lambda m: rf"\frac{{1}}{{{m['by']}}}\, g",
    "scaled": lambda m: rf"{m['times']}\, g",
    "clipped": lambda m: r"\frac{c}{\lVert g\rVert}\, g" if m["how"] == "norm" else r"\min(\max(g, -c), c)",
    "sign": lambda m: "-g",
}
