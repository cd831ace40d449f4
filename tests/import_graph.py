"""Which module imports which: from their source alone, whether at the top, in a function, for types, or by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

#: By module, those it imports, and the line where it first does.
Graph = dict[str, dict[str, int]]


def modules(root: Path) -> dict[str, Path]:
    """By dotted name, the file of every module of a package."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = [root.name, *path.relative_to(root).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def import_graph(root: Path) -> Graph:
    """An arrow for each import of one module of the package by another.

    Importing a.b.c runs a and a.b too, so there are arrows to these, but for those the importing module is in. A name
    given to `import_module` counts, also out of a table in the same module, and so does each module of a package that
    imports all it has.
    """
    known = modules(root)
    return {name: _arrows(name, path, known) for name, path in known.items()}


def _arrows(name: str, path: Path, known: dict[str, Path]) -> dict[str, int]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    arrows: dict[str, int] = {}
    for target, line in sorted(_imported(ast.parse(path.read_text(encoding="utf-8")), package, known)):
        packages = [each for each in known if target.startswith(each + ".") and not name.startswith(each + ".")]
        for each in (target, *packages):
            arrows.setdefault(each, line)
    arrows.pop(name, None)
    return arrows


def _imported(tree: ast.Module, package: str, known: dict[str, Path]) -> Iterator[tuple[str, int]]:
    """The modules of ours that are named, each with its line."""
    nodes = list(ast.walk(tree))
    by_name = [node for node in nodes if isinstance(node, ast.Call) and _called(node) == "import_module"]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = absolute("." * node.level + (node.module or ""), package)
            targets = (f"{base}.{each.name}" for each in node.names)
            yield from ((each if each in known else base, node.lineno) for each in targets if base in known)
        elif by_name and isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield from ((each, node.lineno) for each in [absolute(node.value, package)] if each in known)
    for call in by_name:
        if isinstance(call.args[0], ast.JoinedStr):
            yield from ((each, call.lineno) for each in known if each.rpartition(".")[0] == package)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def absolute(named: str, package: str) -> str:
    """ "..a.b" as it is meant in a package."""
    level = len(named) - len(named.lstrip("."))
    if not level:
        return named
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [named[level:]])])
