"""All mistakes there are: the rows of every module beside this one."""

from importlib import import_module
from pathlib import Path

from . import Mistake

MISTAKES: tuple[Mistake, ...] = tuple(
    mistake
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    if path.stem != Path(__file__).stem
    for mistake in import_module(f"{__package__}.{path.stem}").MISTAKES
)
