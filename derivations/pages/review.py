"""Which pairs of prose were compared since either half last changed, and the command that marks one pair as compared.

    python -m derivations.pages.review docs/lessons/criterion.py:120

shows the pair that line 120 stands in and writes into each half's marker a digest of the other half: `twin="3f9a2c"`.
Who then edits either half has that pair to look at again. There is no way to mark more than one at a time. No page
depends on the marks.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from mkdocs.exceptions import PluginError

from .languages import LANGUAGES
from .lesson import Lesson, Prose, read_lesson

COMMAND = "python -m derivations.pages.review"
USAGE = f"""\
Usage: {COMMAND} SOURCE:LINE    shows the pair of prose cells at that line and marks it as reviewed
       {COMMAND} SOURCE         lists the pairs of a source, or a folder of them, that are to be reviewed
Example: {COMMAND} docs/lessons/criterion.py:120"""

_AROUND_HAN = re.compile(r" (?=[\u3001-\u9fff\uff01-\uff5e])|(?<=[\u3001-\u9fff\uff01-\uff5e]) ")
_TWIN = re.compile(r'\s+twin="[^"]*"')


class Refused(Exception):
    """A sentence for the user: what was given, and what to do."""


def fingerprint(text: str) -> str:
    """Of what a half says, whatever its lines are broken at.

    >>> fingerprint("梯度有\\n它的形状。") == fingerprint("梯度有它的形状。 ")
    True
    """
    paragraphs = (_AROUND_HAN.sub("", " ".join(each.split())) for each in re.split(r"\n\s*\n", text.strip()))
    return hashlib.sha256("\n\n".join(paragraphs).encode()).hexdigest()[:6]


def stale(pair: Prose) -> list[str]:
    """The languages whose half has changed since the pair was reviewed; both, if it never was."""
    return [
        here.code
        for here, other in (LANGUAGES, LANGUAGES[::-1])
        if pair.twins.get(other.code) != fingerprint(pair.text[here.code])
    ]


def unreviewed(lesson: Lesson) -> list[Prose]:
    """The pairs that somebody still has to look at."""
    return [cell for cell in lesson.cells if isinstance(cell, Prose) and stale(cell)]


def state(pair: Prose) -> str:
    """Why a pair is to be reviewed."""
    return f"{' and '.join(stale(pair))} changed" if pair.twins else "new"


def place(lesson: Lesson, pair: Prose) -> str:
    """Where a pair begins, as the command takes it."""
    return f"{lesson.name}:{min(pair.lines.values())}"


def pair_at(lesson: Lesson, line: int) -> Prose:
    """The pair that a line of the source stands in."""
    cells = [(min(cell.lines.values()) if isinstance(cell, Prose) else cell.line, cell) for cell in lesson.cells]
    before = [cell for start, cell in cells if start <= line]
    if before and isinstance(before[-1], Prose):
        return before[-1]
    raise Refused(f"{lesson.name}:{line} is in no pair of prose cells.\n{waiting([lesson])}")


def waiting(lessons: Iterable[Lesson]) -> str:
    """The pairs that are to be reviewed, each with its place and the halves that changed."""
    found = [f"  {place(lesson, pair)}  {state(pair)}" for lesson in lessons for pair in unreviewed(lesson)]
    return "\n".join([f"To be reviewed, {len(found)} in all:", *found]) if found else "Every pair has been reviewed."


def marked(source: str, pair: Prose) -> str:
    """The source with this pair marked as reviewed."""
    lines = source.splitlines(keepends=True)
    for here, other in (LANGUAGES, LANGUAGES[::-1]):
        at = pair.lines[here.code] - 1
        marker = _TWIN.sub("", lines[at].rstrip())
        lines[at] = f'{marker} twin="{fingerprint(pair.text[other.code])}"\n'
    return "".join(lines)


def review(where: str) -> str:
    """Show the pair at `source.py:line`, mark it as reviewed in its source, and say what is left there."""
    name, _, line = where.rpartition(":")
    lesson = _read(name)
    pair = pair_at(lesson, int(line))
    shown = [f"── {name}:{pair.lines[each.code]}\n\n{pair.text[each.code]}\n" for each in LANGUAGES]
    if not stale(pair):
        return "\n".join([*shown, "── Reviewed before; neither half has changed since."])
    path = Path(name)
    path.write_text(marked(path.read_text(encoding="utf-8"), pair), encoding="utf-8")
    return "\n".join([*shown, f"── Marked as reviewed ({state(pair)}).", waiting([_read(name)])])


def _read(name: str) -> Lesson:
    path = Path(name)
    if not path.is_file():
        raise Refused(f"There is no file {name}. Name a source as seen from here, like docs/lessons/criterion.py:120.")
    return read_lesson(path.read_text(encoding="utf-8"), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Show one pair and mark it, or list the pairs that are waiting."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        match given:
            case [] | [("--help" | "-h")]:
                print(USAGE)
            case [where] if re.search(r":\d+$", where):
                print(review(where))
            case [name] if not name.startswith("-"):
                path = Path(name)
                found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
                print(waiting(_read(each.as_posix()) for each in found))
            case _:
                raise Refused(USAGE)
    except (Refused, PluginError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
