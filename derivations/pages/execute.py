"""Run lessons: one Python process for a whole build, each lesson once for both languages."""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from mkdocs.exceptions import PluginError
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from ..display.certificate import CERTIFICATE_MIME
from .lesson import Code, Lesson, Prose

SECONDS_PER_CELL = 300

FRESH_START = """\
get_ipython().run_line_magic("reset", "-f")
import gc, sys, warnings
gc.freeze()
warnings.formatwarning = lambda message, category, *where: f"{category.__name__}: {message}\\n"
warnings.resetwarnings()
for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
    warnings.simplefilter("ignore", category)
if "torch" in sys.modules:
    import torch
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.set_printoptions(profile="default")
    torch.manual_seed(0)
    del torch
del gc, sys, warnings, category
"""
"""Runs before each lesson, so that its numbers do not depend on which lessons ran before it in this process.
Warnings are shown as a reader would see them, less the path on the machine that built the page. What is left by a reset
is modules, which stay: to look for garbage among them takes a quarter of a second, at each reset alone."""

Result = dict[str, Any]
"""What one step left behind: `{"outputs": […]}` for a code cell, `{"values": {expression: text}}` for prose."""


class ThisPython(KernelSpecManager):
    """The kernel is the Python that builds the site, whatever kernels the user has registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**get_kernel_dict(["--HistoryManager.enabled=False"]))


class Kernel:
    """An IPython process with the project root as its directory. It starts when the first lesson needs it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._resources = ExitStack()
        self._client: NotebookClient | None = None

    def close(self) -> None:
        """End the process, if it was started."""
        self._resources.close()

    def run(self, lesson: Lesson) -> list[Result]:
        """Run a lesson's steps in order; the first thing that goes wrong is a PluginError that says where."""
        client = self._client = self._client or self._start()
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FRESH_START)])
        client.nb = notebook
        client.reset_execution_trackers()
        client.execute_cell(notebook.cells[0], 0)
        return [
            {"outputs": self._outputs(step, lesson)}
            if isinstance(step, Code)
            else {"values": self._values(step, lesson)}
            for step in lesson.steps()
        ]

    def _start(self) -> NotebookClient:
        # A user's own IPython profile must not reach into the pages.
        profile = self._resources.enter_context(tempfile.TemporaryDirectory(prefix="derivations-"))
        environment = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join([str(self.root), *filter(None, [os.environ.get("PYTHONPATH")])]),
            PYTHONHASHSEED="0",
            PYTHONDONTWRITEBYTECODE="1",  # `mkdocs serve` watches derivations/: do not write there
            OMP_NUM_THREADS="1",
            IPYTHONDIR=profile,
        )
        manager = AsyncKernelManager(
            kernel_spec_manager=ThisPython(),
            connection_file=str(Path(profile, "kernel.json")),
            transport="tcp" if os.name == "nt" else "ipc",
        )
        client = NotebookClient(
            nbformat.v4.new_notebook(),
            km=manager,
            timeout=SECONDS_PER_CELL,
            allow_errors=False,
            force_raise_errors=True,
            coalesce_streams=True,
            shutdown_kernel="immediate",
        )
        kernel = client.setup_kernel(env=environment, cwd=str(self.root), cleanup_kc=True)
        self._resources.enter_context(kernel)
        return client

    def _outputs(self, code: Code, lesson: Lesson) -> list[dict[str, Any]]:
        assert self._client is not None
        cell = nbformat.v4.new_code_cell(code.source)
        self._client.nb.cells.append(cell)
        where = f"{lesson.name}:{code.line}"
        try:
            self._client.execute_cell(cell, len(self._client.nb.cells) - 1)
        except CellExecutionError as error:
            raise PluginError(f"{where}: {error.ename}: {error.evalue}") from None
        except CellTimeoutError:
            raise PluginError(f"{where}: this cell ran for more than {SECONDS_PER_CELL} seconds.") from None
        except DeadKernelError:
            raise PluginError(f"{where}: the Python process died while it ran this cell.") from None
        for output in cell.outputs:
            certificate = output.get("data", {}).get(CERTIFICATE_MIME)
            if certificate and not certificate["agrees"]:
                raise PluginError(f"{where}: the two bookkeepers disagree\n{certificate['message']}")
        return [dict(output) for output in cell.outputs]

    def _values(self, prose: Prose, lesson: Lesson) -> dict[str, str]:
        expressions = prose.expressions()
        answers = run_sync(self._evaluate)({text: formatted(text) for text in expressions})
        values: dict[str, str] = {}
        for text, line in expressions.items():
            answer = answers[text]
            if answer["status"] != "ok":
                reason = f"{answer['ename']}: {answer['evalue']}"
                raise PluginError(f"{lesson.name}:{line}: {{{{ {text} }}}}: {reason}")
            values[text] = ast.literal_eval(answer["data"]["text/plain"])
        return values

    async def _evaluate(self, expressions: Mapping[str, str]) -> dict[str, Any]:
        """Evaluate expressions where the lesson stands now, without leaving anything in its namespace."""
        assert self._client is not None
        client: Any = self._client.kc  # asynchronous, though its declared type is not
        reply = await client.execute(
            "", silent=True, user_expressions=expressions, reply=True, timeout=SECONDS_PER_CELL
        )
        answers: dict[str, Any] = reply["content"]["user_expressions"]
        return answers


def formatted(text: str) -> str:
    """The Python expression whose value is the text a `{{ expression:spec }}` prints.

    >>> formatted("loss.item():.4f")
    "format((loss.item()), '.4f')"
    >>> formatted("row[1:2]")
    "format((row[1:2]), '')"
    """
    try:
        compile(f"({text})", "prose", "eval")
    except SyntaxError:
        expression, colon, spec = text.rpartition(":")
        if colon:
            return f"format(({expression}), {spec!r})"
    return f"format(({text}), '')"
