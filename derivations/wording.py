"""The sentences, in Chinese and in English: a name for each rule, and a template for each fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Basic, Expr, Mul, Symbol

from .index_calculus.latex import Latex
from .index_calculus.printing import Printer
from .index_calculus.rules import Fact

if TYPE_CHECKING:
    from .derivation import Micro, Step

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


RULES = {
    "define": Words("代入定义", "insert the definition"),
    "log_quotient": Words("对数的商", "log of a quotient"),
    "linear": Words("线性", "linearity"),
    "chain": Words("链式法则", "chain rule"),
    "product": Words("乘积法则", "product rule"),
    "through": Words("链式法则，经过 Z", "chain rule through Z"),
    "independent": Words("各元素独立", "independent entries"),
    "lemma": Words("用引理", "use a lemma"),
    "common": Words("提公因子", "common factor"),
    "collapse": Words("δ 消去求和", "δ removes a sum"),
    "pull": Words("提出求和号", "out of the sum"),
    "split": Words("拆开求和", "split the sum"),
    "sign": Words("负号乘入括号", "absorb the sign"),
    "fold": Words("认出 softmax", "recognise softmax"),
    "name": Words("起个名字", "name it"),
}
MODES = {"exact": Words("精确有理数", "exact rationals"), "digits": Words("50 位精度", "50 digits")}
OPINIONS = {
    "diff": Words("SymPy 自带的 diff（标量展开）", "SymPy's own diff of the written-out scalars"),
    "difference": Words("50 位中心差分", "a central difference at 50 digits"),
}


@dataclass(frozen=True)
class Show:
    """Prints formulas inside a sentence: `show(a)`, or `show(a, b)` for a = b; `wrap` marks them as formulas."""

    printer: Printer
    wrap: Callable[[str], str] = str

    def __call__(self, *sides: Basic) -> str:
        return self.wrap(" = ".join(self.printer(side) for side in sides))

    def law(self, latex: str, plain: str) -> str:
        return self.wrap(latex if isinstance(self.printer, Latex) else plain)


Sentences = Callable[[list[Fact], Show], Iterable[Words]]


def reason(step: Step, lang: str, show: Show) -> str:
    """Why a line follows from the one before: one sentence, from the facts of its rules."""
    clauses = [clause[lang] for micro in step.micros for clause in clauses_of(micro, show)]
    text = ("；" if lang == "zh" else "; ").join(dict.fromkeys(clauses))
    return f"{text}。" if lang == "zh" else f"{text[:1].upper()}{text[1:]}."


def clauses_of(micro: Micro, show: Show) -> list[Words]:
    """What one rule did, said with the actual indices."""
    sentences = TEMPLATES[micro.rule.name]
    return list(sentences(list(micro.facts), show))


def _define(facts: list[Fact], show: Show) -> Iterable[Words]:
    equations = [show(fact.left, fact.right) for fact in facts]
    yield Words(f"代入定义 {_zh(equations)}", f"insert the {_plural(equations, 'definition')} {_en(equations)}")


def _linear(facts: list[Fact], show: Show) -> Iterable[Words]:
    products = [Mul(*fact.items) for fact in facts if fact.kind == "factor"]
    factors = _shown([product for product in products if abs(product) != 1], show)
    sums = _shown([index for fact in facts if fact.kind == "sum" for index in fact.items], show)
    constants = _shown([fact.items[0] for fact in facts if fact.kind == "constant"], show)
    if factors and sums:
        yield Words(
            f"求导是线性的：系数 {_zh(factors)} 和对 {_zh(sums)} 的求和都可以移到求导外面",
            f"differentiation is linear, so the {_plural(factors, 'factor')} {_en(factors)} and the sum over "
            f"{_en(sums)} move outside the derivative",
        )
    elif sums:
        yield Words(f"求导可以移到对 {_zh(sums)} 的求和里面", f"the derivative moves inside the sum over {_en(sums)}")
    elif factors:
        yield Words(
            f"系数 {_zh(factors)} 可以移到求导外面",
            f"the {_plural(factors, 'factor')} {_en(factors)} moves outside the derivative",
        )
    if constants:
        variable = show(next(fact.items[1] for fact in facts if fact.kind == "constant"))
        many = len(constants) > 1
        yield Words(
            f"{_zh(constants)} 与 {variable} 无关，导数为 0",
            f"{_en(constants)} {'do' if many else 'does'} not depend on {variable}, so "
            f"{'their derivatives are' if many else 'its derivative is'} 0",
        )
    if not (factors or sums or constants):
        yield Words("和的导数等于导数的和", "the derivative of a sum is the sum of the derivatives")


def _chain(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        inner = fact.items[0]
        law = show.law(*(_power_law(int(fact.items[1])) if fact.kind == "power" else CHAIN_LAWS[fact.kind]))
        where = show(Symbol("u"), inner)
        yield Words(f"链式法则：{law}，其中 {where}", f"chain rule: {law} with {where}")


CHAIN_LAWS = {
    "log": (r"\partial \log u = \partial u / u", "∂ log u = ∂u / u"),
    "exp": (r"\partial e^{u} = e^{u}\,\partial u", "∂ exp(u) = exp(u) ∂u"),
}


def _power_law(power: int) -> tuple[str, str]:
    lowered = ("u", "u") if power == 2 else (f"u^{{{power - 1}}}", f"u^{power - 1}")
    return (
        rf"\partial u^{{{power}}} = {power}{lowered[0]}\,\partial u",
        f"∂ u^{power} = {power}{lowered[1]} ∂u",
    )


def _product(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        factors = _shown(fact.items, show)
        yield Words(f"乘积法则：{_zh(factors)} 轮流求导", f"product rule: differentiate {_en(factors)} in turn")


def _through(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        whole, entry, variable, *summed = fact.items
        indices = _shown(summed, show)
        yield Words(
            f"{show(whole)} 只通过 {show(entry)} 依赖 {show(variable)}："
            f"对每个 {show(entry)} 用链式法则，再对 {_zh(indices)} 求和",
            f"{show(whole)} depends on {show(variable)} only through the {show(entry)}: "
            f"apply the chain rule to each of them and sum over {_en(indices)}",
        )


def _independent(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        letter, equation = show(fact.items[0]), show(fact.left, fact.right)
        yield Words(
            f"{letter} 的各个元素互相独立，所以 {equation}",
            f"the entries of {letter} are independent, so {equation}",
        )


def _lemma(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        equation, title = show(fact.left, fact.right), fact.items[0]
        yield Words(f"由引理“{title.zh}”，{equation}", f"by the lemma “{title.en}”, {equation}")


def _collapse(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        delta, summed, target = fact.items
        where = show(summed, target)
        yield Words(
            f"{show(delta)} 只在 {where} 时为 1，对 {show(summed)} 的求和只剩这一项",
            f"{show(delta)} is 1 only when {where}, so one term of the sum over {show(summed)} remains",
        )


def _common(facts: list[Fact], show: Show) -> Iterable[Words]:
    shared = _shown([delta for fact in facts for delta in fact.items], show)
    yield Words(f"提出公因子 {_zh(shared)}", f"take out the common factor {_en(shared)}")


def _pull(facts: list[Fact], show: Show) -> Iterable[Words]:
    factors = _shown([Mul(*fact.items[0]) for fact in facts], show)
    indices = _shown([index for fact in facts for index in fact.items[1]], show)
    many = len(factors) > 1
    yield Words(
        f"{_zh(factors)} 不含求和指标 {_zh(indices)}，提到求和号外",
        f"{_en(factors)} {'do' if many else 'does'} not contain the summation index {_en(indices)}, so "
        f"{'they come' if many else 'it comes'} out of the sum",
    )


def _name(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        equation = show(fact.left, fact.right)
        yield Words(f"记 {equation}", f"write {equation}")


def _fold(facts: list[Fact], show: Show) -> Iterable[Words]:
    for fact in facts:
        yield Words(
            f"按 softmax 的定义，这个比值就是 {show(fact.right)}",
            f"by the definition of softmax this ratio is {show(fact.right)}",
        )


def _always(zh: str, en: str) -> Sentences:
    def sentence(facts: list[Fact], show: Show) -> Iterable[Words]:
        yield Words(zh, en)

    return sentence


def _log_quotient(facts: list[Fact], show: Show) -> Iterable[Words]:
    quotient = show.law(r"\log (a/b) = \log a - \log b", "log(a/b) = log a - log b")
    inverse = show.law(r"\log e^{u} = u", "log exp(u) = u")
    yield Words(f"{quotient}，而且 {inverse}", f"{quotient}, and {inverse}")


TEMPLATES: dict[str, Sentences] = {
    "define": _define,
    "linear": _linear,
    "chain": _chain,
    "product": _product,
    "through": _through,
    "independent": _independent,
    "lemma": _lemma,
    "collapse": _collapse,
    "common": _common,
    "pull": _pull,
    "split": _always("把括号拆开，分别求和", "split the bracket and sum its terms separately"),
    "sign": _always("把负号乘进括号", "multiply the minus sign into the bracket"),
    "fold": _fold,
    "name": _name,
    "log_quotient": _log_quotient,
}


# Parts of sentences --------------------------------------------------------------------------------------------------


def _shown(parts: Iterable[Basic], show: Show) -> list[str]:
    """Each part once, without its sign: a sentence speaks of Y, not of −Y."""
    return list(dict.fromkeys(show(_unsigned(part)) for part in parts))


def _unsigned(part: Expr) -> Expr:
    coefficient, rest = part.as_coeff_Mul()
    return abs(coefficient) * rest


def _zh(parts: Sequence[str]) -> str:
    return "、".join(parts)


def _en(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) <= 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _plural(parts: Sequence[str], noun: str) -> str:
    return noun if len(parts) == 1 else f"{noun}s"
