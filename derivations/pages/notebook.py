"""One lesson and its results become one notebook per language, with nothing of the other language in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from ..display.bundle import BOTH_LANGUAGES, CERTIFICATE_MIME
from .execute import Result
from .languages import Language
from .lesson import Code, Lesson

HIDE_INPUT = "hide-input"


def notebook_for(lesson: Lesson, run: Sequence[Result], language: Language, repo_url: str | None) -> NotebookNode:
    """The lesson in one language, with outputs: an ordinary notebook, the same bytes for the same input.

    Its first cell says how to install this project, from `repo_url` if there is one.
    """
    results = iter(run)
    cells = [_prose(language.run_this(repo_url))]
    count = 0
    for cell in lesson.cells:
        if isinstance(cell, Code):
            count += 1
            outputs = [_output(output, language, count) for output in next(results)["outputs"]]
            cells.append(_code(cell, count, outputs))
        else:
            values = next(results)["values"] if cell.expressions() else {}
            cells.append(_prose(cell.filled(language.code, values)))
    for number, each in enumerate(cells):
        each["id"] = f"cell-{number}"
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    # nbformat.v4.new_… would validate each cell by itself, which takes longer than all else here.
    notebook = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})
    nbformat.validate(notebook)
    return notebook


def _prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(cell: Code, count: int, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    if HIDE_INPUT in cell.tags:
        metadata["jupyter"] = {"source_hidden": True}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": cell.source,
        "execution_count": count,
        "outputs": outputs,
    }


def _output(output: dict[str, Any], language: Language, count: int) -> dict[str, Any]:
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
    return output
