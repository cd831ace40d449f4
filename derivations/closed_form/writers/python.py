"""Matrix expressions as Python text: what torch and numpy write alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp
from sympy import Expr, Rational

from ...index_calculus.functions import Code as Template
from ...index_calculus.functions import Function, named, power
from ...index_calculus.matrices.nodes import Matrix
from ..names import names
from ..order import factors_of
from .base import Writer
from .coefficients import Coefficients

#: How tightly an expression binds, so that brackets stand where Python needs them. `@`, `*` and `/` bind alike; a power
#: may be a factor, but nothing may be asked of it.
SUM, PRODUCT, FACTOR, ATOM = 1, 2, 3, 4


@dataclass(frozen=True)
class Code:
    """Text, and how tightly it binds."""

    text: str
    level: int = ATOM

    def inside(self, level: int) -> str:
        """The text where something of that level is due."""
        return self.text if self.level >= level else f"({self.text})"


class Python(Writer[Code]):
    """Python text.

    `like` is the array whose dtype and device constants take, `ignored` the label that is left out, where it is no
    argument. A writer notes what it calls, its module and helpers: that has to stand before the text.
    """

    #: The name by which it is asked for, what code calls the module, and how it is imported.
    name: ClassVar[str]
    module: ClassVar[str]
    imports: ClassVar[str]
    #: Functions of our own that the text may call, by name.
    helpers: ClassVar[dict[str, str]] = {}

    def __init__(self, like: str = "Z", ignored: int | None = None):
        self.like = like
        self.ignored = ignored
        self.names = names()
        self.called: dict[str, str] = {}
        self.imported = False
        self.more_imports: set[str] = set()

    # What a language writes differently

    @abstractmethod
    def template(self, function: Function) -> Template:
        """A function of entries, as the language has it."""

    @abstractmethod
    def where(self, condition: str, then: str, otherwise: str) -> str:
        """One value where a condition holds, else another."""

    @abstractmethod
    def cast(self, text: str) -> str:
        """An array in the dtype of `like`."""

    @abstractmethod
    def moved(self, of: str, source: int, target: int) -> str:
        """One axis of an array elsewhere."""

    @abstractmethod
    def broadcast(self, arrays: Sequence[str]) -> str:
        """Arrays broadcast with each other."""

    @abstractmethod
    def expanded(self, of: str, shape: str) -> str:
        """An array broadcast to a shape."""

    @abstractmethod
    def summed_to(self, of: str, shape: str) -> str:
        """An array summed to the shape that it was broadcast from."""

    def check_labels(self, labels: str, classes: str) -> list[str]:
        """Lines that refuse a label that names no class; none where making one-hot rows does."""
        return []

    @property
    def needed(self) -> list[str]:
        """What stands before the code written so far: imports, then the helpers that it calls, by their names."""
        imports = ["\n".join(sorted(self.more_imports))] if self.more_imports else []
        imports += [self.imports] if self.imported else []
        helpers = [self.called[name] for name in sorted(self.called)]
        return [*(["\n\n".join(imports) + "\n"] if imports else []), *helpers]

    # Calls

    def call(self, function: str, *arguments: str) -> str:
        """A call of a function of the module."""
        self.imported = True
        return f"{self.module}.{function}({', '.join(arguments)})"

    def help(self, helper: str, *arguments: str) -> str:
        """A call of one of the helpers."""
        self.called[helper] = self.helpers[helper]
        self.imported = True
        return f"{helper}({', '.join(arguments)})"

    def name_of(self, letter: str) -> str:
        return self.names.get(letter, letter)

    # Matrix expressions

    def inside(self, node: Matrix, level: int) -> str:
        return self(node).inside(level)

    def array(self, name: str) -> Code:
        return Code(self.name_of(name))

    def gather(self, name: str, labels: str) -> Code:
        return Code(f"{self.name_of(name)}[{labels}]")

    def counted(self, labels: str, ignored: str) -> Code:
        return Code(self.cast(f"({labels} != {self.label(ignored)})"))

    def label(self, ignored: str) -> str:
        """The label that is left out."""
        return self.name_of(ignored) if self.ignored is None else str(self.ignored)

    def transpose(self, of: Matrix) -> Code:
        return Code(f"{self.inside(of, ATOM)}.T")

    def total(self, of: Matrix) -> Code:
        return Code(f"{self.inside(of, ATOM)}.sum()")

    def summed(self, of: Matrix, axis: int) -> Code:
        return Code(f"{self.inside(of, ATOM)}.sum({axis})")

    def function(self, name: str, of: Matrix) -> Code:
        template = self.template(named(name))
        return Code(self._filled(template, name, of), PRODUCT if template.negative else ATOM)

    def power(self, of: Matrix, exponent: Rational) -> Code:
        function = power(exponent)
        return Code(self._filled(self.template(function), function.name, of), FACTOR)

    def _filled(self, template: Template, name: str, of: Matrix) -> str:
        """A function's text with its argument, noting what that needs before the code."""
        self.imported |= template.calls
        self.more_imports.update(template.imports)
        if template.helper:
            self.called[name] = template.helper
        argument = self.inside(of, ATOM if template.atom else SUM)
        return template.text.format(argument, like=self.like)

    def one(self) -> Code:
        return Code("1")

    def scaled(self, of: Matrix, coefficient: Expr) -> Code:
        if coefficient == -1:
            return Code(f"-{self.inside(of, FACTOR)}", PRODUCT)
        return Code(f"{self.coefficient(coefficient).text} * {self.inside(of, FACTOR)}", PRODUCT)

    def column(self, of: Matrix) -> Code:
        return Code(f"{self.inside(of, ATOM)}[:, None]")

    def of_rows(self, weights: Matrix, of: Matrix) -> Code:
        return Code(f"{self.column(weights).text} * {self.inside(of, FACTOR)}", PRODUCT)

    def product(self, items: Sequence[Matrix]) -> Code:
        return Code(" * ".join(self.inside(item, FACTOR) for item in items), PRODUCT)

    def quotient(self, above: Sequence[Matrix], below: Sequence[Matrix]) -> Code:
        text = self.product(above).text if above else "1"
        divisor = self.product(below).inside(FACTOR) if len(below) > 1 else self.inside(below[0], FACTOR)
        return Code(f"{text} / {divisor}", PRODUCT)

    def matmul(self, left: Matrix, right: Matrix) -> Code:
        return Code(f"{self.inside(left, FACTOR)} @ {self.inside(right, FACTOR)}", PRODUCT)

    def sum(self, items: Sequence[tuple[bool, Matrix]]) -> Code:
        (minus, first), *others = items
        text = f"{'-' * minus}{self.inside(first, PRODUCT)}"
        for minus, item in others:
            text += f" {'-' if minus else '+'} {self.inside(item, PRODUCT)}"
        return Code(text, SUM)

    # Numbers

    def coefficient(self, expr: Expr) -> Code:
        """2 / (N * C). It binds like a product."""
        above, below = map(factors_of, sp.fraction(expr))
        minus = above[0] == -1 and len(above) > 1
        text = "-" * minus + " * ".join(map(self._factor, above[minus:]))
        if below == [1]:
            return Code(text, PRODUCT)
        divisor = " * ".join(map(self._factor, below))
        return Code(f"{text} / {divisor if len(below) == 1 else f'({divisor})'}", PRODUCT)

    def _factor(self, expr: Expr) -> str:
        """One factor, in brackets where it is a sum."""
        printer = Coefficients(self.name_of, lambda node: self.inside(node, ATOM))
        text = str(printer.doprint(expr))
        self.more_imports.update(f"import {module}" for module in printer.module_imports)
        return f"({text})" if expr.is_Add else text
