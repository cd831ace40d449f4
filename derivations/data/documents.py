"""Derivations and closed forms as documents: dicts, lists, strings and whole numbers, as `json.dumps` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Expr, Indexed, Symbol

from ..closed_form.problems import problem
from ..derivation import Derivation, Step
from ..diagnosis.data import as_data as program_data
from ..index_calculus.expressions import Condition, Definition, Recurrence
from ..index_calculus.judging.judge import Judgement
from ..index_calculus.printing.plain import Plain
from ..index_calculus.symbols import LABELS, is_index, size_of
from ..losses import registry
from ..losses.base import Loss
from ..losses.declared import Per
from ..reasons import reason
from ..wording import LANGUAGES, OPINIONS, RULES, SYMBOLS, Show, Words
from .trees import Tree, tree

#: Raised whenever a reader of the version before would misread what is written.
VERSION = 1
SHAPES = {Per.ENTRY: ["N", "C"], Per.ROW: ["N"], Per.CLASS: ["C"], Per.ONE: []}
OF_MODEL = {"X": ["N", "D"], "W": ["C", "D"], "b": ["C"], **{outputs: ["N", "C"] for outputs in ("Z", "Q", "sigma")}}


def as_data(*derivations: Derivation) -> dict[str, Any]:
    """Derivations, with the lemmas they use, as plain data that can be judged and evaluated without SymPy.

    A document has

    - `version`: this format's, 1;
    - `derivations`: those asked for, in their order, then their lemmas, each once.

    A derivation has

    - `title`: in both languages, {"zh", "en"}, as all words are;
    - `left`: what is derived, and `targets`: the free indices of the result, row before column;
    - `indices`: for each index, the size up to which it runs, and `labels`: for each array of whole numbers that stand
      in the place of indices, the size that they do not exceed; all other arrays hold any numbers;
    - `definitions`: for each name, in an order in which each may use others, `left` and `right`. The indices of `left`
      stand for any. A recurrence also has `first`, the number of its first index from which `right` holds, and
      `initial`, what it is before; null where that is given;
    - `shown`: the names whose definitions a reader needs;
    - `domain`: conditions, [tree, relation, tree] with one of = ≠ > ≥ < ≤, under which every line holds, for every
      value of the indices in them;
    - `lines`: each with its `tree`, equal to the one before, the first to `left`; the `rules` that made it, each with
      `name`, `zh` and `en`; `why`, a sentence; `facts`, equations of which the rules made use, [tree, tree]; and
      `judged`;
    - `ends`: how the last line was judged equal to `left`, and `opinions`: in which other ways;
    - `symbols`: what letters stand for, where neither a definition nor a size says it;
    - `lemmas`: where in `derivations` those stand that were used as rules; `conclusion`: its name, or null.

    What was `judged` has `mode`, "exact" (rational numbers, functions with free values) or "digits" (50 digits are
    needed, as for log(a/b) = log a − log b), the `sizes` at which, and how many `points` were compared at each.

    Trees are those of `derivations.data.trees`: ["S", ["@", "Z", "n", "c"], ["c", 1, "C"]] is Σ_c Z_nc.
    """
    every = list({id(each): each for each in derivations}.values())
    places = {id(each): place for place, each in enumerate(every)}
    for each in every:  # which grows
        for lemma in each.lemmas:
            if places.setdefault(id(lemma), len(every)) == len(every):
                every.append(lemma)
    return {"version": VERSION, "derivations": [_derivation(each, places) for each in every]}


def closed_form_as_data(loss: Loss, wrt: str, bias: bool = True, model: bool = False) -> dict[str, Any]:
    """A certified closed form as a program over whole arrays, in the trees of `derivations.diagnosis.trees`.

    - `version`, and `title`: the criterion as torch writes it; `wrt`: what is differentiated by;
    - `symbol`: its letter, and `shape`: in sizes, as every shape is;
    - `arguments`: the shape of each array that must be given, by the name in the program;
    - `lines`: [name, tree], assignments in their order; `result`: the gradient.

    With `model`, outputs are those of a linear layer. Raises what `derive` does.
    """
    found = problem(loss, wrt, bias, model)
    lines, result = program_data(found)["program"]
    assigned, names = {name for name, _ in lines}, _names((lines, result))
    shapes = _shapes(loss)
    arguments = {name: shape for name, shape in shapes.items() if name in names and name not in assigned}
    return {
        "version": VERSION,
        "title": found.title,
        "wrt": wrt,
        "symbol": found.symbol,
        "shape": list(found.sizes),
        "arguments": arguments,
        "lines": lines,
        "result": result,
    }


def _derivation(derivation: Derivation, places: Mapping[int, int]) -> dict[str, Any]:
    symbols = _symbols(derivation)
    letters = {each.name for each in symbols}
    meanings = {name: words for name, words in {**SYMBOLS, **derivation.meanings}.items() if name in letters}
    return {
        "title": _words(derivation.title),
        "left": tree(derivation.left),
        "targets": [each.name for each in derivation.targets],
        "indices": {each.name: size_of(each).name for each in symbols if is_index(each)},
        "labels": {name: size.name for name, size in LABELS.items() if name in letters},
        "definitions": {name: _definition(each) for name, each in derivation.context.definitions.items()},
        "shown": list(derivation.shown),
        "domain": [_condition(each) for each in derivation.domain],
        "lines": [_line(step) for step in derivation.steps],
        "ends": _judged(derivation.ends, derivation.ends.mode),
        "opinions": [{"name": each, **_words(OPINIONS[each])} for each in derivation.opinions],
        "symbols": {name: _words(words) for name, words in meanings.items()},
        "lemmas": [places[id(lemma)] for lemma in derivation.lemmas],
        "conclusion": derivation.conclusion,
    }


def _symbols(derivation: Derivation) -> list[Symbol]:
    """Every symbol that its formulas hold, those of arrays among them, in the order of their names."""
    found: set[Symbol] = set()
    for expr in expressions_of(derivation):
        found |= expr.atoms(Symbol) | {each.base.label for each in expr.atoms(Indexed)}
    return sorted(found, key=str)


def expressions_of(derivation: Derivation) -> Iterable[Expr]:
    """Every formula that its data hold: definitions, conditions, lines and facts."""
    yield derivation.left
    for definition in derivation.context.definitions.values():
        yield from (definition.left, definition.right)
    for condition in derivation.domain:
        yield from (condition.left, condition.right)
    for step in derivation.steps:
        yield step.expr
        for micro in step.micros:
            yield from (side for fact in micro.facts for side in (fact.left, fact.right))


def _definition(definition: Definition) -> dict[str, Tree]:
    said = {"left": tree(definition.left), "right": tree(definition.right)}
    if isinstance(definition, Recurrence):
        said |= {
            "first": definition.first,
            "initial": None if definition.initial is None else tree(definition.initial),
        }
    return said


def _condition(condition: Condition) -> list[Tree]:
    return [tree(condition.left), condition.relation, tree(condition.right)]


def _line(step: Step) -> dict[str, Any]:
    names = dict.fromkeys(micro.rule.name for micro in step.micros)
    facts = dict.fromkeys((fact.left, fact.right) for micro in step.micros for fact in micro.facts)
    show = Show(Plain(full_limits=False))
    return {
        "tree": tree(step.expr),
        "rules": [{"name": name, **_words(RULES[name])} for name in names],
        "why": {lang: reason(step, lang, show) for lang in LANGUAGES},
        "facts": [[tree(left), tree(right)] for left, right in facts],
        "judged": _judged(step.micros[-1].judgement, step.mode),
    }


def _judged(judgement: Judgement, mode: str) -> dict[str, Any]:
    return {"mode": mode, "sizes": [dict(each) for each in judgement.sizes], "points": judgement.points}


def _words(words: Words) -> dict[str, str]:
    return {lang: words[lang] for lang in LANGUAGES}


def _shapes(loss: Loss) -> Mapping[str, list[str]]:
    """The shapes of all arrays that a program of the loss may be given, by the names in it."""
    incoming = [] if loss.reduction != "none" else SHAPES[loss.per]
    options = {each.name: SHAPES[each.per] for each in loss.declared if each.letter}
    called = registry.letters()
    operands = {called.get(each.letter, each.letter): SHAPES[each.per] for each in loss.operands}
    return {**OF_MODEL, **operands, **options, "grad_output": incoming}


def _names(data: Any) -> set[str]:
    """Every string in nested lists."""
    if isinstance(data, str):
        return {data}
    return set().union(*map(_names, data)) if isinstance(data, list | tuple) else set()
