"""Problems as JSON has them, and back, for a page that checks formulas in a browser; nothing sends them yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .mistake import Mistake
from .problem import Drawn, Problem
from .trees import Program, Tree

#: Fields that are a string or a truth value.
NAMED = ("title", "wrt", "symbol", "targets", "reduction", "positions", "per")


def as_data(problem: Problem) -> dict[str, Any]:
    """The problem in lists, dicts, strings and numbers, as `json.dumps` takes them."""
    return {
        **{each: getattr(problem, each) for each in NAMED},
        "sizes": list(problem.sizes),
        "options": list(problem.options),
        "outputs": _drawn(problem.outputs),
        "operands": [_drawn(each) for each in problem.operands],
        "numbers": [_drawn(each) for each in problem.numbers],
        "divisor": _listed(problem.divisor),
        "program": _program_data(problem.program),
        "forms": [_program_data(each) for each in problem.forms],
        "relatives": [
            [relative.key, dict(relative.details), _program_data(program)] for relative, program in problem.relatives
        ],
    }


def from_data(data: dict[str, Any]) -> Problem:
    """The problem that `as_data` was given."""
    relatives = ((Mistake.of(key, **details), _program(each)) for key, details, each in data["relatives"])
    return Problem(
        **{each: data[each] for each in NAMED},
        sizes=tuple(data["sizes"]),
        options=tuple(data["options"]),
        outputs=Drawn(*data["outputs"]),
        operands=tuple(Drawn(*each) for each in data["operands"]),
        numbers=tuple(Drawn(*each) for each in data["numbers"]),
        divisor=_tree(data["divisor"]),
        program=_program(data["program"]),
        forms=tuple(map(_program, data["forms"])),
        relatives=tuple(relatives),
    )


def _drawn(each: Drawn) -> list[Any]:
    return [each.name, each.values, each.per, each.default]


def _program_data(program: Program) -> list[Any]:
    return [[[name, _listed(tree)] for name, tree in program.lines], _listed(program.result)]


def _program(data: Sequence[Any]) -> Program:
    lines, result = data
    return Program(tuple((name, _tree(tree)) for name, tree in lines), _tree(result))


def _listed(tree: Tree) -> Any:
    return [_listed(part) for part in tree] if isinstance(tree, tuple) else tree


def _tree(data: Any) -> Tree:
    return tuple(map(_tree, data)) if isinstance(data, list) else data
