"""One lesson and its results become one notebook per language, with nothing of the other language in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode, v4

from ..display.bundle import BOTH_LANGUAGES
from ..display.certificate import CERTIFICATE_MIME
from .execute import Result
from .languages import Language
from .lesson import Code, Lesson

HIDE_INPUT = "hide-input"


def notebook_for(lesson: Lesson, run: Sequence[Result], language: Language, repo_url: str | None) -> NotebookNode:
    """The lesson in one language, with outputs: an ordinary notebook, the same bytes for the same input.

    Its first cell says how to install this project, from `repo_url` if there is one.
    """
    results = iter(run)
    cells = [v4.new_markdown_cell(language.run_this(repo_url))]
    count = 0
    for cell in lesson.cells:
        if isinstance(cell, Code):
            count += 1
            outputs = [_output(output, language, count) for output in next(results)["outputs"]]
            code = v4.new_code_cell(cell.source, execution_count=count, outputs=outputs)
            if cell.tags:
                code.metadata.tags = list(cell.tags)
            if HIDE_INPUT in cell.tags:
                code.metadata.jupyter = {"source_hidden": True}
            cells.append(code)
        else:
            values = next(results)["values"] if cell.expressions() else {}
            cells.append(v4.new_markdown_cell(cell.filled(language.code, values)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _output(output: dict[str, Any], language: Language, count: int) -> NotebookNode:
    """One output in one language. What passes between the library and the site does not reach the reader."""
    output = dict(output)
    if "data" in output:
        metadata = dict(output.get("metadata", {}))
        translations = metadata.pop(BOTH_LANGUAGES, {})
        output["data"] = {**output["data"], **translations.get(language.code, {})}
        output["data"].pop(CERTIFICATE_MIME, None)
        output["metadata"] = metadata
    if output["output_type"] == "execute_result":
        output["execution_count"] = count
    return NotebookNode(output)
