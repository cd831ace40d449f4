"""A notebook becomes the body of a page.

MkDocs renders the prose and the code of a lesson as one Markdown document, so that links, anchors, the table of
contents, the title and the look of code are MkDocs' own. The HTML is then cut at the cells' borders, and
mkdocs-jupyter puts the outputs between the pieces, through the template next to this module.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from mkdocs.exceptions import PluginError
from nbformat import NotebookNode

from .notebook import HIDE_INPUT

BORDER = "<!-- cell border -->"
END_OF_PAGE = "<!-- end of page -->"
_PIECE = re.compile(r"<!-- piece (\d+) -->")


def markdown_of(notebook: NotebookNode) -> str:
    """The notebook's prose and code as one Markdown document, with a border after every cell.

    The first cell tells how to run the downloaded notebook; a page has no use for it.
    """
    return "\n\n".join(f"{_markdown(cell)}\n\n{BORDER}" for cell in notebook.cells[1:])


def dressed(notebook: NotebookNode, html: str) -> NotebookNode:
    """The notebook as our template reads it: each cell carries its piece of the rendered `html`."""
    page = copy.deepcopy(notebook)
    page.cells = page.cells[1:]
    *pieces, rest = html.split(BORDER)
    if len(pieces) != len(page.cells):
        raise PluginError(
            f"{len(page.cells)} cells were rendered as {len(pieces)}: a cell leaves a fence or an HTML block open."
        )
    for cell, piece in zip(page.cells, pieces, strict=True):
        cell.metadata.html = "" if HIDE_INPUT in cell.metadata.get("tags", ()) else piece.strip()
        for output in cell.get("outputs", ()):
            _plain_latex(output.get("data", {}))
    page.metadata.html = rest.strip()  # footnotes
    page.metadata.end = END_OF_PAGE
    return page


def put_aside(page: NotebookNode) -> list[str]:
    """Leave a number for each piece of HTML in a dressed notebook, and return the pieces.

    nbconvert parses the whole page to add what ours has already; that takes longer than all else it does.
    """
    pieces: list[str] = []

    def numbered(html: str) -> str:
        pieces.append(html)
        return f"<!-- piece {len(pieces) - 1} -->"

    for cell in page.cells:
        cell.metadata.html = cell.metadata.html and numbered(cell.metadata.html)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = numbered(data["text/html"])
    return pieces


def body_of(html: str, pieces: Sequence[str]) -> str:
    """What our template wrote, with its pieces, and without what mkdocs-jupyter adds after it."""
    body, _, _ = html.partition(END_OF_PAGE)
    return _PIECE.sub(lambda place: pieces[int(place[1])], body)


def _markdown(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return str(cell.source)
    longest = max((len(run) for run in re.findall("`+", cell.source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{cell.source}\n{fence}"


def _plain_latex(data: dict[str, Any]) -> None:
    """Jupyter writes a formula as `$\\displaystyle …$`; the template wants what stands between."""
    if "text/latex" in data:
        data["text/latex"] = data["text/latex"].strip().strip("$").removeprefix(r"\displaystyle").strip()
