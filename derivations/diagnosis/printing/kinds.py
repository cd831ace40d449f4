"""What the parts of a formula are, told from how they are used: numbers, vectors along rows or columns, matrices."""

from __future__ import annotations

from collections.abc import Mapping

from ..trees import NUMBERS, Tree
from ..values.arrays import REDUCTIONS

NUMBER, ROW, COLUMN, MATRIX = "number", "row", "column", "matrix"
#: Of what is given where nothing else is said; other letters are matrices.
RANKS = {
    **dict.fromkeys((*NUMBERS, "grad_output"), 0),
    **dict.fromkeys(("weight", "pos_weight", "y", "b", "mu"), 1),
}
OF_RANK = (NUMBER, ROW, MATRIX)


class Kinds:
    """Of trees; `names` are those that are known. Lines may be added to them, in their order."""

    def __init__(self, names: Mapping[str, str]):
        self.names, self._found = dict(names), dict[Tree, str]()

    def __call__(self, tree: Tree) -> str:
        if isinstance(tree, str):
            return self.names.get(tree) or OF_RANK[RANKS.get(tree, 2)]
        if not isinstance(tree, tuple):
            return NUMBER
        if tree not in self._found:
            self._found[tree] = self._of(*tree)
        return self._found[tree]

    def _of(self, operation: str, *parts: Tree) -> str:
        name, _, kept = operation.partition("_")
        if name in REDUCTIONS:
            inside = self(parts[0])
            if parts[1] is None or inside in (NUMBER, ROW):
                return NUMBER
            return COLUMN if kept and parts[1] in (1, -1) else ROW
        match operation:
            case "onehot" | "repeated" | "inverse":
                return MATRIX
            case "logsumexp":
                return ROW if self(parts[0]) == MATRIX else NUMBER
            case "take":
                return self(parts[1])
            case "column":
                return COLUMN
            case "@":
                left, right = map(self, parts)
                return MATRIX if left == right == MATRIX else NUMBER if left == right == ROW else ROW
            case "T":
                inside = self(parts[0])
                return ROW if inside == COLUMN else inside
            case "or_one" | "softmax" | "log_softmax":
                return self(parts[0])
        found = {*map(self, parts)} - {NUMBER}
        return MATRIX if len(found) > 1 else found.pop() if found else NUMBER
