"""Sentences for the rules that move ∂, and for those that insert or recognise a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Mul, Rational, Symbol

from ..index_calculus.expressions import names_in
from ..index_calculus.rules import Fact
from .phrases import Show, Words, en, plural, shown, zh

Sentences = Callable[[list[Fact], Show], Iterable[Words]]


def _linear(facts: list[Fact], show: Show) -> Iterable[Words]:
    products = [Mul(*fact.items) for fact in facts if fact.kind == "factor"]
    factors = shown([product for product in products if abs(product) != 1], show)
    sums = shown([index for fact in facts if fact.kind == "sum" for index in fact.items], show)
    constants = shown([fact.items[0] for fact in facts if fact.kind == "constant"], show)
    if factors and sums:
        yield Words(
            f"求导是线性的：系数 {zh(factors)} 和对 {zh(sums)} 的求和都可以移到求导外面",
            f"differentiation is linear, so the {plural(factors, 'factor')} {en(factors)} and the sum over "
            f"{en(sums)} move outside the derivative",
        )
    elif sums:
        yield Words(f"求导可以移到对 {zh(sums)} 的求和里面", f"the derivative moves inside the sum over {en(sums)}")
    elif factors:
        yield Words(
            f"系数 {zh(factors)} 可以移到求导外面",
            f"the {plural(factors, 'factor')} {en(factors)} {'move' if len(factors) > 1 else 'moves'} outside the "
            "derivative",
        )
    if constants:
        variable = show(next(fact.items[1] for fact in facts if fact.kind == "constant"))
        many = len(constants) > 1
        yield Words(
            f"{zh(constants)} 与 {variable} 无关，导数为 0",
            f"{en(constants)} {'do' if many else 'does'} not depend on {variable}, so "
            f"{'their derivatives are' if many else 'its derivative is'} 0",
        )
    if not (factors or sums or constants):
        yield Words("和的导数等于导数的和", "the derivative of a sum is the sum of the derivatives")


def _chain(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        if fact.kind in EXTREMES:
            yield EXTREMES[fact.kind]
            continue
        inner = fact.items[0]
        law = show.law(*(_power_law(fact.items[1]) if fact.kind == "power" else CHAIN_LAWS[fact.kind]))
        where = show(Symbol("u"), inner)
        if fact.kind in CORNERED:
            yield Words(f"链式法则：{law}，其中 {where} 不为 0", f"chain rule: {law} with {where}, where that is not 0")
        else:
            yield Words(f"链式法则：{law}，其中 {where}", f"chain rule: {law} with {where}")


CHAIN_LAWS = {
    "log": (r"\partial \log u = \partial u / u", "∂ log u = ∂u / u"),
    "exp": (r"\partial e^{u} = e^{u}\,\partial u", "∂ exp(u) = exp(u) ∂u"),
    "tanh": (r"\partial \tanh u = (1 - \tanh^{2} u)\,\partial u", "∂ tanh u = (1 - tanh(u)^2) ∂u"),
    "erf": (
        r"\partial \operatorname{erf} u = \frac{2}{\sqrt{\pi}} e^{-u^{2}}\,\partial u",
        "∂ erf u = 2/√π exp(-u^2) ∂u",
    ),
    "abs": (r"\partial \lvert u \rvert = \operatorname{sgn}(u)\,\partial u", "∂ |u| = sgn(u) ∂u"),
    "sign": (r"\partial \operatorname{sgn}(u) = 0", "∂ sgn(u) = 0"),
    "heaviside": (r"\partial \operatorname{step}(u) = 0", "∂ step(u) = 0"),
}
#: Laws that do not hold where u is 0.
CORNERED = ("abs", "sign", "heaviside")
EXTREMES = {
    "max": Words(
        "最大值的导数，就是其中最大那一项的导数（两项相等之处除外）",
        "the derivative of a maximum is that of its largest term, except where two are equal",
    ),
    "min": Words(
        "最小值的导数，就是其中最小那一项的导数（两项相等之处除外）",
        "the derivative of a minimum is that of its smallest term, except where two are equal",
    ),
}


def _power_law(power: Rational) -> tuple[str, str]:
    if power == -1:
        return r"\partial (1/u) = -\partial u / u^{2}", "∂ (1/u) = -∂u / u^2"
    if not power.is_Integer:
        return (
            rf"\partial u^{{{power}}} = ({power})\,u^{{{power - 1}}}\,\partial u",
            f"∂ u^({power}) = ({power}) u^({power - 1}) ∂u",
        )
    lowered = ("u", "u") if power == 2 else (f"u^{{{power - 1}}}", f"u^{power - 1}")
    return (
        rf"\partial u^{{{power}}} = {power}{lowered[0]}\,\partial u",
        f"∂ u^{power} = {power}{lowered[1]} ∂u",
    )


def _product(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        factors = shown(fact.items, show)
        yield Words(f"乘积法则：{zh(factors)} 轮流求导", f"product rule: differentiate {en(factors)} in turn")


def _through(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        whole, entry, variable, *summed = fact.items
        indices = shown(summed, show)
        yield Words(
            f"{show(whole)} 只通过 {show(entry)} 依赖 {show(variable)}："
            f"对每个 {show(entry)} 用链式法则，再对 {zh(indices)} 求和",
            f"{show(whole)} depends on {show(variable)} only through the {show(entry)}: "
            f"apply the chain rule to each of them and sum over {en(indices)}",
        )


def _independent(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        letter, equation = show(fact.items[0]), show(fact.left, fact.right)
        yield Words(
            f"{letter} 的各个元素互相独立，所以 {equation}",
            f"the entries of {letter} are independent, so {equation}",
        )


def _define(facts: list[Fact], show: Show) -> Iterable[Words]:
    equations = [show(fact.left, fact.right) for fact in facts]
    yield Words(f"代入定义 {zh(equations)}", f"insert the {plural(equations, 'definition')} {en(equations)}")


def _name(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        equation = show(fact.left, fact.right)
        yield Words(f"记 {equation}", f"write {equation}")


#: Functions that a reader knows by name, by the letter that stands for their values.
FUNCTIONS = {"P": Words("softmax", "softmax"), "sigma": Words("sigmoid", "the sigmoid")}


def _fold(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        known = next((FUNCTIONS[name] for name in names_in(fact.right) if name in FUNCTIONS), None)
        if known:
            ratio = show(fact.right)
            yield Words(
                f"按 {known.zh} 的定义，这个比值就是 {ratio}", f"by the definition of {known.en} this ratio is {ratio}"
            )
        else:
            equation = show(fact.left, fact.right)
            yield Words(f"按定义写回 {equation}", f"by definition, {equation}")


def _lemma(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        equation, title = show(fact.left, fact.right), fact.items[0]
        yield Words(f"由引理“{title.zh}”，{equation}", f'by the lemma "{title.en}", {equation}')


def _hypothesis(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        equation = show(fact.left, fact.right)
        yield Words(f"由归纳假设，{equation}", f"by the induction hypothesis, {equation}")


SENTENCES: dict[str, Sentences] = {
    "linear": _linear,
    "chain": _chain,
    "product": _product,
    "through": _through,
    "independent": _independent,
    "define": _define,
    "name": _name,
    "fold": _fold,
    "lemma": _lemma,
    "hypothesis": _hypothesis,
}
