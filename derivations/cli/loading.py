"""Somebody's own function, from a file: `mine.py::grad`. What the file does wrong is shown as its own traceback."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from ..words import Words
from .arguments import WrongUse, nearest

#: What no function may be excused from.
ORDINARY = "ordinary outputs"
FAILED = Words("{} 自己出错了，没有可检验的。", "{} failed, so there is nothing to check.")


class Theirs(Exception):
    """What went wrong in somebody's own code, as a traceback of that code alone.

    `words` say so, with a {} for the function; they name the trial, where assert_gradient tried one.
    """

    def __init__(self, wrong: BaseException, file: Path) -> None:
        super().__init__(_shortened(wrong, file))
        self.words = FAILED
        if trial := getattr(wrong, "trial", None):
            edge, shape = trial.edge.name, trial.drawn_at
            dtype = trial.dtype_name
            zh = f"{FAILED.zh}试的是 {edge}，形状 {shape}，{dtype}。"
            en = f"{FAILED.en} It was tried on {edge}, shape {shape}, {dtype}."
            if trial.leave_out != ORDINARY:
                zh += f"如果不必支持这种情形，可以不试：--without '{trial.leave_out}'"
                en += f" If it need not take that, leave it out: --without '{trial.leave_out}'"
            self.words = Words(zh, en)


class Place:
    """A file and a name in it. Raises WrongUse where there is no such file."""

    def __init__(self, given: str) -> None:
        file, colons, self.name = given.partition("::")
        self.given, self.file = given, Path(file)
        if not file or not self.file.is_file():
            raise self._no_file(file)
        if not colons:
            self.name = ""

    def _no_file(self, file: str) -> WrongUse:
        zh, en = f"没有文件 {file}。写法：`FILE.py::NAME`。", f"there is no file {file}. Write it as `FILE.py::NAME`."
        if not file:
            zh, en = "没有写文件。写法：`FILE.py::NAME`。", "no file is given. Write it as `FILE.py::NAME`."
        elif self.file.is_dir():
            zh, en = f"{file} 是目录。写法：`FILE.py::NAME`。", f"{file} is a folder. Write it as `FILE.py::NAME`."
        stem, _, rest = file.rpartition(":")  # hw.py:grad, and hw::grad
        meant = next((each for each in ((stem, rest), (f"{file}.py", self.name)) if Path(each[0]).is_file()), None)
        if meant is not None:
            zh, en = zh + f"是不是想写 {'::'.join(meant)}？", en + f" Did you mean {'::'.join(meant)}?"
        return WrongUse(zh, en)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Modules are looked for in its folder first, and what it prints goes to stderr: stdout is the answer's."""
        root, _ = self._package()
        folders = [str(folder) for folder in dict.fromkeys((self.file.resolve().parent, root))]
        sys.path[:0] = folders
        try:
            with redirect_stdout(sys.stderr):
                yield
        finally:
            for folder in folders:
                if folder in sys.path:
                    sys.path.remove(folder)

    def _package(self) -> tuple[Path, str]:
        """The package that the file is in, for its relative imports, and the folder which that is imported from."""
        folder, names = self.file.resolve().parent, list[str]()
        while (folder / "__init__.py").is_file():
            names.insert(0, folder.name)
            folder = folder.parent
        return folder, ".".join(names)

    def load(self) -> Any:
        """What the name stands for. Raises Theirs, and WrongUse where the file has no such name."""
        module = self._module()
        found: Any = module
        for part in self.name.split("."):
            if not hasattr(found, part):
                raise self._no_name(module)
            found = getattr(found, part)
        if not callable(found):
            kind = type(found).__name__
            raise WrongUse(
                f"{self.given}：这是 {kind}，不是函数。", f"{self.given} is no function; it is of type {kind}."
            )
        return found

    def _module(self) -> ModuleType:
        _, package = self._package()
        within = f"{package}." if package else ""
        name = within + self.file.stem
        if name in sys.modules:
            name = f"{within}checked_{self.file.stem}"
        spec = importlib.util.spec_from_file_location(name, self.file.resolve())
        if spec is None or spec.loader is None:
            raise WrongUse(f"{self.file}：不是 Python 文件。", f"{self.file} is no Python file.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and pickle look there
        try:
            spec.loader.exec_module(module)
        except KeyboardInterrupt:
            raise
        except BaseException as wrong:  # sys.exit() too
            raise Theirs(wrong, self.file) from wrong
        finally:
            del sys.modules[name]
        return module

    def _no_name(self, module: ModuleType) -> WrongUse:
        own = [
            name
            for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
        ]
        if not self.name:
            zh, en = f"{self.given} 后面要写函数名", f"{self.given} needs the name of a function"
            example = f"{self.file}::{own[0] if own else 'grad'}"
            return WrongUse(f"{zh}，例如 {example}。", f"{en}, for example {example}.")
        zh, en = f"{self.file} 里没有 {self.name}。", f"there is no {self.name} in {self.file}."
        first, dot, _ = self.name.partition(".")
        outer = vars(module).get(first)
        if isinstance(outer, type):
            own = [f"{first}.{name}" for name, value in vars(outer).items() if _called(value) and name[0] != "_"]
        elif dot and callable(outer):
            return WrongUse(
                f"{zh}{first} 是函数，函数里面定义的东西从外面看不到：请把它移到文件的最外层。",
                f"{en} {first} is a function, and what is defined inside one cannot be seen from outside: move it to "
                "the top level of the file.",
            )
        if near := nearest(self.name, own):
            return WrongUse(f"{zh}是不是想写 {near}？", f"{en} Did you mean {near}?")
        return WrongUse(f"{zh}它的函数：{'、'.join(own) or '无'}。", f"{en} Its functions: {', '.join(own) or 'none'}.")


def _called(value: Any) -> bool:
    return callable(value) or isinstance(value, staticmethod | classmethod)


def is_in(wrong: BaseException, file: Path) -> bool:
    """Was it raised by code of this file, or by what that called?"""
    return any(_same(frame.f_code.co_filename, file) for frame, _ in traceback.walk_tb(wrong.__traceback__))


def _same(name: str, file: Path) -> bool:
    return Path(name) == file.resolve()


def _shortened(wrong: BaseException, file: Path) -> str:
    """Without the frames of other files, where there are some of this one; and with the file's name as it was given."""
    told = traceback.TracebackException.from_exception(wrong, limit=None)
    told.__cause__ = told.__context__ = told.__notes__ = None
    told.stack = traceback.StackSummary.from_list([frame for frame in told.stack if _same(frame.filename, file)])
    lines = list(told.format())
    if not told.stack:
        lines = [line for line in lines if not line.startswith("Traceback")]
    return "".join(lines).replace(str(file.resolve()), str(file)).rstrip("\n")
