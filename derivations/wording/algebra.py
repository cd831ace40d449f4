"""Sentences for the rules on sums and for those of ordinary algebra."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Mul

from ..index_calculus.rules import Fact
from .derivatives import Sentences
from .phrases import Show, Words, en, plural, shown, zh


def _collapse(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        delta, summed, target = fact.items
        where = show(summed, target)
        yield Words(
            f"{show(delta)} 只在 {where} 时为 1，对 {show(summed)} 的求和只剩这一项",
            f"{show(delta)} is 1 only when {where}, so one term of the sum over {show(summed)} remains",
        )


def _pull(facts: list[Fact], show: Show) -> Iterable[Words]:
    products = [Mul(*fact.items[0]) for fact in facts]
    factors = shown([product for product in products if abs(product) != 1], show)
    if not factors:
        yield Words("负号提到求和号外", "the minus sign comes out of the sum")
        return
    indices = shown([index for fact in facts for index in fact.items[1]], show)
    many = len(factors) > 1
    yield Words(
        f"{zh(factors)} 不含求和指标 {zh(indices)}，提到求和号外",
        f"{en(factors)} {'do' if many else 'does'} not contain the summation {plural(indices, 'index')} {en(indices)}, "
        f"so {'they come' if many else 'it comes'} out of the sum",
    )


def _push(facts: list[Fact], show: Show) -> Iterable[Words]:
    factors = shown([Mul(*fact.items[0]) for fact in facts], show)
    yield Words(f"把 {zh(factors)} 乘进求和号里", f"multiply {en(factors)} into the sum")


def _count(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        yield Words(
            f"每一项都是 1，一共 {show(fact.right)} 项", f"every term is 1, and there are {show(fact.right)} of them"
        )


def _rename(facts: list[Fact], show: Show) -> Iterable[Words]:
    pairs = [(show(old), show(new)) for old, new in dict.fromkeys(pair for fact in facts for pair in fact.items)]
    yield Words(
        f"求和指标叫什么都一样：{zh([f'{old} 写成 {new}' for old, new in pairs])}",
        f"a summation index may have any name: write {en([f'{new} for {old}' for old, new in pairs])}",
    )


def _absorb(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        term, index, place = fact.items
        where = show(index, place)
        yield Words(
            f"求和的下一项（{where}）正是 {show(term)}，并进去",
            f"the next term of the sum, for {where}, is {show(term)}, and the sum takes it in",
        )


def _common(facts: list[Fact], show: Show) -> Iterable[Words]:
    shared = shown([factor for fact in facts for factor in fact.items], show)
    yield Words(f"提出公因子 {zh(shared)}", f"take out the common {plural(shared, 'factor')} {en(shared)}")


def _collect(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        entries = shown(fact.items, show)
        yield Words(f"乘开，按 {zh(entries)} 合并同类项", f"multiply out and collect the terms in {en(entries)}")


def _together(facts: list[Fact], show: Show) -> Iterable[Words]:
    below = shown([fact.items[0] for fact in facts], show)
    yield Words(f"通分，公分母是 {zh(below)}", f"bring the terms to the common denominator {en(below)}")


def _divide(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        top = show(fact.items[0])
        yield Words(f"分子分母同除以 {top}", f"divide top and bottom by {top}")


def _log_quotient(facts: list[Fact], show: Show) -> Iterable[Words]:
    quotient = show.law(r"\log (a/b) = \log a - \log b", "log(a/b) = log a - log b")
    inverse = show.law(r"\log e^{u} = u", "log exp(u) = u")
    yield Words(f"{quotient}，而且 {inverse}", f"{quotient}, and {inverse}")


def _powers(facts: list[Fact], show: Show) -> Iterable[Words]:
    law = show.law(r"u^{a} u^{b} = u^{a+b}", "u^a u^b = u^(a+b)")
    yield Words(f"同底数的幂相乘，指数相加：{law}", f"exponents of one base add up: {law}")


def _always(zh: str, en: str) -> Sentences:
    def sentence(facts: list[Fact], show: Show) -> Iterable[Words]:
        yield Words(zh, en)

    return sentence


SENTENCES: dict[str, Sentences] = {
    "collapse": _collapse,
    "pull": _pull,
    "push": _push,
    "split": _always("把括号拆开，分别求和", "split the bracket and sum its terms separately"),
    "join": _always("求和的范围相同，合成一个和", "the sums run over the same range, so they are one sum"),
    "count": _count,
    "regroup": _always(
        "有限个数相加可以换次序，不含求和指标的因子移到求和号外",
        "finite sums may be taken in any order, and factors without the index move out of a sum",
    ),
    "rename": _rename,
    "write_out": _always("把求和逐项写出来", "write the terms of the sum out"),
    "absorb": _absorb,
    "telescope": _always("相邻两项逐个相消，只剩一头一尾", "neighbouring terms cancel; the two ends remain"),
    "common": _common,
    "collect": _collect,
    "sign": _always("把负号乘进括号", "multiply the minus sign into the bracket"),
    "expand": _always("把括号乘开，合并同类项", "multiply the brackets out and combine like terms"),
    "together": _together,
    "powers": _powers,
    "divide": _divide,
    "log_quotient": _log_quotient,
}
