"""Formulas in vectors, read as formulas in entries: p_n − e_{y_n} is p_nj − δ_{j y_n}, and x_nᵀ behind it is x_nm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..reading.nodes import Node

#: What has a row for each sample, by what the row runs over; of targets the row is a one-hot where they are labels.
OF_CLASSES, OF_FEATURES, TARGETS = ("p", "z", "y_hat", "sigma"), ("x",), ("y", "t")
ROWS = (*OF_CLASSES, *OF_FEATURES, *TARGETS)
UNIT = "e"
#: Letters that rows may run over.
CLASSES, FEATURES = "jckh", "mdr"


def in_entries(node: Node, has_labels: bool, of_weight: bool = False) -> Node:
    """The same formula with an index for every axis; as it is where it is not written in vectors.

    `has_labels`: y_n is a label, and as a vector its one-hot. `of_weight`: the gradient has a row for each class, and
    the other product of two vectors is its transpose, which is not read.
    """
    if not any(_is_row(each) and each.parts[0].word.lower() in (UNIT, *OF_CLASSES) for each in node.walk()):
        return node
    used = {each.word for each in node.walk() if each.kind == "name"}
    used |= {letter for each in node.walk() if each.kind in ("sum_over", "mean_over") for letter in each.word}
    letters = {axis: next(each for each in (*axis, axis[0]) if each not in used) for axis in (CLASSES, FEATURES)}
    return _spelled(node, letters, has_labels, of_weight)


def _is_row(node: Node) -> bool:
    """An array of several axes, or a unit vector, with one index."""
    if node.kind != "entry" or len(node.parts) != 2 or node.parts[0].kind != "name":
        return False
    index, word = node.parts[1], node.parts[0].word.lower()
    return index.kind == "label" if word == UNIT else index.kind == "name" and word in ROWS


def _spelled(node: Node, letters: Mapping[str, str], has_labels: bool, of_weight: bool) -> Node:
    if _is_row(node):
        base, index = node.parts
        word = base.word.lower()
        letter = Node("name", word=letters[FEATURES if word in OF_FEATURES else CLASSES], place=node.place)
        if word == UNIT:
            return Node("delta", (letter, index), place=node.place)
        if word in TARGETS and has_labels:
            return Node("delta", (letter, Node("label", (index,), "y", place=index.place)), place=node.place)
        return Node("entry", (base, index, letter), place=node.place)
    if node.kind == "T" and not (of_weight and not _are_features(node.parts[0])):
        return _spelled(node.parts[0], letters, has_labels, of_weight)
    if node.kind in ("entry", "label", "delta", "unequal") or not node.parts:
        return node
    return replace(node, parts=tuple(_spelled(each, letters, has_labels, of_weight) for each in node.parts))


def _are_features(node: Node) -> bool:
    return all(each.parts[0].word.lower() in OF_FEATURES for each in node.walk() if each.kind == "entry")
