"""Parts of a formula in a word: what a mistake's details call them."""

from __future__ import annotations

from ..trees import Tree, names_in

SYMBOLS = {
    "Y_hat": "Ŷ",
    "sigma": "σ",
    "mu": "μ",
    "nu_bar": "ν̄",
    "label_smoothing": "ε",
    "weight": "w",
    "pos_weight": "q",
    "grad_output": "v",
}
#: What a summand is about: its factors go without saying.
ABOUT = ("P", "sigma", "Z", "Q", "Y", "Y_hat", "A", "b", "W")
COMPARISONS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}
SIGNS = {"+": " + ", "-": " − ", "*": "·", "^": "^", "@": "·"}


def told(tree: Tree) -> str:
    """The tree as one writes it by hand: 1−σ, w_y, ε/C."""
    match tree:
        case str():
            return SYMBOLS.get(tree, tree)
        case ("take", "weight", "y"):
            return "w_y"
        case ("column", of) | ("stretched", of, _):
            return told(of)
        case ((">" | ">=" | "<" | "<=") as sign, a, b):
            return f"[{told(a)} {COMPARISONS[sign]} {told(b)}]"
        case ("neg", of):
            return f"−{_inside(of)}"
        case ("sum", of, axis):
            return {None: "Σ", 0: "Σ_n ", 1: "Σ_c ", 2: "Σ_k "}[axis] + _inside(of)
        case ("/", a, b):
            return f"{_inside(a)}/{_below(b)}"
        case ("+" | "-" | "*" | "^" | "@", a, b):
            loose = tree[0] in "+-"
            return f"{told(a) if loose else _inside(a)}{SIGNS[tree[0]]}{told(b) if tree[0] == '+' else _inside(b)}"
        case (("maximum" | "minimum") as function, a, b):
            return f"{function[:3]}({told(a)}, {told(b)})"
        case (function, of, *_):
            return f"{function}({told(of)})"
    return str(tree)


def _inside(tree: Tree) -> str:
    """In brackets where it is a sum or a quotient: as a factor, or behind a minus."""
    return _bracketed(tree, ("+", "-", "/"))


def _below(tree: Tree) -> str:
    return _bracketed(tree, ("+", "-", "/", "*"))


def _bracketed(tree: Tree, operations: tuple[str, ...]) -> str:
    inner = tree[1] if isinstance(tree, tuple) and tree[0] in ("column", "stretched") else tree
    return f"({told(inner)})" if isinstance(inner, tuple) and inner[0] in operations else told(inner)


def about(tree: Tree) -> str:
    """What a summand is about, where that is one thing: Ŷ for (1−ε)·w_y·Ŷ; else all of it."""
    mentioned = [name for name in ABOUT if name in _factors(tree)]
    return told(mentioned[0]) if len(mentioned) == 1 else told(tree)


def _factors(tree: Tree) -> set[str]:
    """The names that a product multiplies, those in a sum over its entries left out."""
    match tree:
        case ("*" | "/", a, b):
            return _factors(a) | _factors(b)
        case ("neg" | "T", a):
            return _factors(a)
        case ("column", _) | ("sum", *_):
            return set()
    return names_in(tree)


def sizes(tree: Tree) -> str:
    """What one divides by: 1, N, N·C, kept, Σw_y, …"""
    match tree:
        case ("or_one", of, _):
            return sizes(of)
        case ("sum", "mu", None) | ("sum", ("kept", *_), None):
            return "kept"
        case ("sum", ("*", *_), None) | ("maximum", ("sum", *_), 1):
            return "S"
    return told(tree)
