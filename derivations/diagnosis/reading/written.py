"""What was read, written back so that it cannot be misread."""

from __future__ import annotations

import math

from ..values.arrays import COMPARISONS
from .nodes import Assign, Choice, Define, Leap, Loop, Node, Result, Statement, Statements

#: How tightly each operation binds; what binds more loosely within it gets brackets.
LEVELS = {
    "choose": 1, "or": 2, "and": 3, "not": 4, "is_none": 5, "is_given": 5, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5,
    ">=": 5, "sum_over": 5, "mean_over": 5, "+": 6, "-": 6, "*": 8, "/": 8, "//": 8, "%": 8, "@": 8, "beside": 8,
    "neg": 8, "^": 9,
}  # fmt: skip
ATOM = 10
SIGNS = {"^": "**", "beside": "·"}
GREEK = {
    "Ŷ": r"\hat{Y}", "ŷ": r"\hat{y}", "σ": r"\sigma", "μ": r"\mu", "ε": r"\varepsilon", "α": r"\alpha",
    "sigma": r"\sigma", "mu": r"\mu", "epsilon": r"\varepsilon", "eps": r"\varepsilon", "alpha": r"\alpha",
}  # fmt: skip


def formula(node: Node) -> str:
    """One expression, as Python would write it."""
    inside = [formula(each) for each in node.parts]
    match node.kind:
        case "number" if not math.isfinite(node.number):
            return f"np.{node.number}"
        case "number":
            return f"{node.number:g}" if node.number == float(f"{node.number:g}") else repr(node.number)
        case "name":
            return node.word
        case "text":
            return repr(node.word)
        case "none":
            return "None"
        case "ellipsis":
            return "..."
        case "ones":
            return "ones"
        case "neg":
            return f"-{_inside(node, 0, 1)}"
        case "not":
            return f"not {_inside(node, 0, 1)}"
        case "T":
            return f"{_bracketed(node.parts[0], ATOM)}.T"
        case "tuple":
            return f"({', '.join(inside)}{',' * (len(inside) == 1)})"
        case "dict":
            return f"{{{', '.join(f'{name!r}: {formula(value)}' for name, value in node.options)}}}"
        case "slice":
            low, high, step = (
                "" if part.kind == "none" else text for part, text in zip(node.parts, inside, strict=True)
            )
            return f"{low}:{high}{f':{step}' if step else ''}"
        case "at" if len(node.parts) == 2 and node.parts[1].kind == "tuple":  # a list: a tuple would be several indices
            return f"{_bracketed(node.parts[0], ATOM)}[[{', '.join(map(formula, node.parts[1].parts))}]]"
        case "at" | "entry":
            return f"{_bracketed(node.parts[0], ATOM)}[{', '.join(inside[1:])}]"
        case "attribute":
            return f"{_bracketed(node.parts[0], ATOM)}.{node.word}"
        case "call":
            options = [f"{name}={formula(value)}" for name, value in node.options]
            return f"{node.word}({', '.join([*inside, *options])})"
        case "choose":
            value, test = (_inside(node, part, 1) for part in (1, 0))
            return f"{value} if {test} else {inside[2]}"
        case "is_none" | "is_given":
            return f"{_inside(node, 0, 1)} is {'not ' * (node.kind == 'is_given')}None"
        case "label":
            return f"{node.word}[{', '.join(inside)}]" if inside else node.word
        case "sum_over" | "mean_over":
            return f"{node.kind[:-5]}_{{{node.word}}} {_bracketed(node.parts[0], LEVELS['*'])}"
        case "delta" | "unequal":
            return f"[{inside[0]} {'==' if node.kind == 'delta' else '!='} {inside[1]}]"
    sign = SIGNS.get(node.kind, node.kind)
    return f"{_inside(node, 0, node.kind in ('^', *COMPARISONS))} {sign} {_inside(node, 1, 1)}"


def _inside(node: Node, part: int, tighter: int | bool) -> str:
    return _bracketed(node.parts[part], LEVELS[node.kind] + int(tighter))


def _bracketed(node: Node, level: int) -> str:
    text = formula(node)
    negative = node.kind == "number" and node.number < 0
    return f"({text})" if LEVELS.get(node.kind, ATOM) < level or negative else text


def written(statements: Statements) -> str:
    """A program, a line for each statement; a formula as it is."""
    return "\n".join(_lines(statements))


def _lines(statements: Statements, indent: str = "") -> list[str]:
    """`pass` stands where a block has none."""
    return [f"{indent}{line}" for statement in statements for line in _statement(statement)] or [f"{indent}pass"]


def _statement(each: Statement) -> list[str]:
    match each:
        case Assign(target, value):
            return [f"{formula(target)} = {formula(value)}"]
        case Loop(target, values, body):
            return [f"for {formula(target)} in {formula(values)}:", *_lines(body, "    ")]
        case Choice(test, body, other):
            otherwise = ["else:", *_lines(other, "    ")] if other else []
            return [f"if {formula(test)}:", *_lines(body, "    "), *otherwise]
        case Define("", _, _, (Result(value),)):
            return [f"lambda {_arguments(each)}: {formula(value)}"]
        case Define(name, _, _, body):
            return [f"def {name}({_arguments(each)}):", *_lines(body, "    ")]
        case Result(value, returns):
            return [f"{'return ' * returns}{formula(value)}"]
        case Leap(word):
            return [word]


def _arguments(define: Define) -> str:
    """With their defaults; behind a star where one without a default comes after one that has it."""
    defaults, out = dict(define.defaults), list[str]()
    for name in define.arguments:
        if name not in defaults and "*" not in out and any("=" in each for each in out):
            out.append("*")
        out.append(f"{name}={formula(defaults[name])}" if name in defaults else name)
    return ", ".join(out)


def latex(node: Node) -> str:
    """One expression as LaTeX."""

    def inside(part: int, level: int) -> str:
        return _wrapped(node.parts[part], level)

    match node.kind:
        case "name":
            return _name(node.word)
        case "number":
            return formula(node)
        case "neg":
            return f"-{inside(0, 8)}"
        case "+" | "-":
            return f"{inside(0, 6)} {node.kind} {inside(1, 6 + (node.kind == '-'))}"
        case "*":
            return f"{inside(0, 8)} \\odot {inside(1, 9)}"
        case "beside" | "@":
            return f"{inside(0, 8)} \\, {inside(1, 9)}"
        case "/":
            return f"\\frac{{{inside(0, 0)}}}{{{inside(1, 0)}}}"
        case "^":
            return f"{inside(0, ATOM)}^{{{inside(1, 0)}}}"
        case "T":
            return f"{inside(0, ATOM)}^\\top"
        case "ones":
            return r"\mathbf{1}"
        case "entry":
            below = " ".join(latex(each) for each in node.parts[1:])
            return f"{inside(0, ATOM)}_{{{below}}}"
        case "label":
            return f"y_{{{' '.join(latex(each) for each in node.parts)}}}" if node.parts else "y"
        case "sum_over":
            return f"\\sum_{{{','.join(node.word)}}} {inside(0, 8)}"
        case "delta" | "unequal":
            return f"[{inside(0, 0)} {'=' if node.kind == 'delta' else chr(92) + 'ne'} {inside(1, 0)}]"
        case "call":
            arguments = [latex(each) for each in node.parts]
            options = [f"\\text{{{name}}}={latex(value)}" for name, value in node.options]
            called = r"\sigma" if node.word == "sigmoid" else f"\\operatorname{{{_escaped(node.word)}}}"
            return f"{called}\\left({', '.join([*arguments, *options])}\\right)"
        case "tuple":
            return f"\\left({', '.join(latex(each) for each in node.parts)}\\right)"
    return f"\\texttt{{{_escaped(formula(node))}}}"


def _wrapped(node: Node, level: int) -> str:
    own = LEVELS.get(node.kind, ATOM)
    if node.kind == "/" and level < ATOM:  # a fraction needs brackets before an exponent alone
        own = ATOM
    return f"\\left({latex(node)}\\right)" if own < level else latex(node)


def _name(word: str) -> str:
    if word in GREEK:
        return GREEK[word]
    if word.endswith("_hat") and len(word) == 5:
        return f"\\hat{{{word[0]}}}"
    return word if len(word) == 1 else f"\\mathrm{{{_escaped(word)}}}"


def _escaped(word: str) -> str:
    return "".join(f"\\{each}" if each in "_#%&{}$" else each for each in word if each != "\\")
