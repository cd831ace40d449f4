"""Where in an array: rows and columns in few words, and what is special about them."""

from __future__ import annotations

from collections.abc import Sequence

#: How many spans or entries are written out.
SPANS = 6
#: Blocks of fewer are no kernel's.
BLOCK = 8


def spans(indices: Sequence[int]) -> str:
    """0–3, 7: runs of at least three as one, the first few."""
    runs: list[list[int]] = []
    for each in sorted(indices):
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    told = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(told[:SPANS]) + (", …" if len(told) > SPANS else "")


def special(indices: Sequence[int], size: int) -> str:
    """What these indices are: "first", "last", "after 1024", "ends 32", …, or nothing."""
    found = sorted(indices)
    if not found or len(found) == size:
        return "all" if found else ""
    if found == [0]:
        return "first"
    if found == [size - 1]:
        return "last"
    if found[-1] == size - 1 and len(found) == size - found[0] and found[0] >= BLOCK and _is_block(found[0]):
        return f"after {found[0]}"
    if found == list(range(len(found))) and _is_block(len(found)):
        return f"before {len(found)}"
    for block in (2**power for power in range(12, 2, -1)):
        if found == list(range(block - 1, size, block)):
            return f"ends {block}"
    return ""


def _is_block(number: int) -> bool:
    """A multiple of a power of two that somebody would choose for a block."""
    return number >= BLOCK and number % min(64, 1 << (number.bit_length() - 1)) == 0
