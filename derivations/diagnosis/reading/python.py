"""Python as people type gradients in it: expressions and short programs. A whitelist: what is not listed is refused.

The text is parsed, never run: `ast.parse` makes a tree of it, and only the nodes named here are read.
"""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import replace

from .errors import NotUnderstood, Place
from .nodes import Assign, Choice, Define, Leap, Loop, Node, Result, Statement, Statements

BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "^",
    ast.MatMult: "@",
    ast.BitAnd: "and",
    ast.BitOr: "or",
}
COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
UNARY = {ast.USub: "neg", ast.Not: "not", ast.Invert: "not"}
MODULES = {"np", "numpy", "torch", "F", "nn", "jnp", "jax", "math", "tf", "scipy", "sp", "special"}
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


def read_python(text: str, shift: int = 0) -> Statements:
    """The statements of a program, whose text begins so many columns to the right. Where no ** stands in it, ^ is one.

    Raises SyntaxError for what is no Python, NotUnderstood for what is not listed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about "is" with a number and such: of the reader's text, not of ours
        tree = ast.parse(text if "**" in text else text.replace("^", "**"))
    return Reader(text, shift).block(tree.body)


class Reader:
    """From Python's tree to statements."""

    def __init__(self, text: str, shift: int):
        self.carets = "**" not in text
        self.lines, self.shift = (text.replace("^", "**") if self.carets else text).split("\n"), shift

    def typed(self, python: str) -> str:
        """As the reader typed it."""
        return python.replace("**", "^") if self.carets else python

    def place(self, node: ast.AST) -> Place:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        before = self.lines[line - 1].encode()[:column] if line <= len(self.lines) else b""
        return Place(line, len(self.typed(before.decode(errors="ignore"))) + 1 + self.shift)

    def refused(self, node: ast.AST, kind: str = "grammar") -> NotUnderstood:
        try:
            found = (ast.get_source_segment("\n".join(self.lines), node) or type(node).__name__).split("\n")[0]
        except (RecursionError, ValueError):
            found = type(node).__name__
        return NotUnderstood(kind, self.typed(found), self.place(node))

    # Statements

    def block(self, nodes: list[ast.stmt]) -> Statements:
        return tuple(statement for node in nodes for statement in self.statement(node))

    def statement(self, node: ast.stmt) -> list[Statement]:
        match node:
            case (
                ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Assert() | ast.Expr(value=ast.Constant(value=str()))
            ):
                return []
            case ast.FunctionDef(name=name, args=args, body=body, decorator_list=[]):
                return [self.function(name, args, self.block(body), node)]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
                return [self.function(name, args, (Result(self.expression(body)),), node)]
            case ast.Expr(value=ast.Lambda(args=args, body=body)):
                return [self.function("", args, (Result(self.expression(body)),), node)]
            case ast.Assign(targets=targets, value=value):
                return [Assign(self.target(target), self.expression(value)) for target in targets]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return [Assign(self.target(target), self.expression(value))]
            case ast.AugAssign(target=target, op=op, value=value) if type(op) in BINARY:
                place = self.target(target)
                parts = (place, self.expression(value))
                return [Assign(place, Node(BINARY[type(op)], parts, place=self.place(node)))]
            case ast.Return(value=ast.expr() as value):
                return [Result(self.expression(value))]
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr=name)) as call) if (
                name.endswith("_") and not name.startswith("_")
            ):  # x.sub_(y) changes x
                return [Assign(self.expression(owner), self.expression(call))]
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                return []
            case ast.Expr(value=value):
                return [Result(self.expression(value), returns=False)]
            case ast.For(target=target, iter=values, body=body, orelse=[]):
                return [Loop(self.target(target), self.expression(values), self.block(body))]
            case ast.If(test=test, body=body, orelse=orelse):
                return [Choice(self.expression(test), self.block(body), self.block(orelse))]
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="no_grad")))], body=body):
                return list(self.block(body))
            case ast.Break():
                return [Leap("break")]
            case ast.Continue():
                return [Leap("continue")]
        raise self.refused(node)

    def function(self, name: str, args: ast.arguments, body: Statements, node: ast.stmt) -> Define:
        if args.vararg or args.kwarg:
            raise self.refused(node)
        plain = [each.arg for each in (*args.posonlyargs, *args.args)]
        named = [each.arg for each in args.kwonlyargs]
        defaults = [
            *zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True),
            *zip(named, args.kw_defaults, strict=True),
        ]
        read = tuple((each, self.expression(value)) for each, value in defaults if value is not None)
        return Define(name, (*plain, *named), read, body)

    def target(self, node: ast.expr) -> Node:
        match node:
            case ast.Name():
                return self.expression(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if all(isinstance(each, ast.Name) for each in parts):
                return self.expression(node)
            case ast.Subscript(value=ast.Name()):
                return self.expression(node)
            case ast.Subscript(value=ast.Subscript(value=ast.Name() as name, slice=row), slice=index) if not isinstance(
                row, ast.Slice | ast.Tuple
            ):  # G[n][c] is G[n, c]
                rest = index.elts if isinstance(index, ast.Tuple) else [index]
                return replace(self.node("at", name, row, *rest), place=self.place(node))
        raise self.refused(node)

    # Expressions

    def expression(self, node: ast.expr) -> Node:
        return replace(self._expression(node), place=self.place(node))

    def node(self, kind: str, *parts: ast.expr, word: str = "") -> Node:
        return Node(kind, tuple(map(self.expression, parts)), word)

    def _expression(self, node: ast.expr) -> Node:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return Node("number", number=self.number(node, value))
            case ast.Constant(value=None):
                return Node("none")
            case ast.Constant(value=str() as value):
                return Node("text", word=value)
            case ast.Constant(value=value) if value is ...:
                return Node("ellipsis")
            case ast.Name(id=name):
                return Node("name", word=name)
            case ast.UnaryOp(op=ast.UAdd(), operand=a):
                return self._expression(a)
            case ast.UnaryOp(op=op, operand=a):
                return self.node(UNARY[type(op)], a)
            case ast.BinOp(left=a, op=op, right=b) if type(op) in BINARY:
                return self.node(BINARY[type(op)], a, b)
            case ast.BoolOp(op=op, values=values):
                kind = "and" if isinstance(op, ast.And) else "or"
                first, *rest = map(self.expression, values)
                for each in rest:
                    first = Node(kind, (first, each), place=self.place(node))
                return first
            case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in COMPARE:
                return self.node(COMPARE[type(op)], a, b)
            case ast.Compare(left=a, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
                return self.node("is_none" if isinstance(op, ast.Is) else "is_given", a)
            case ast.IfExp(test=test, body=a, orelse=b):
                return self.node("choose", test, a, b)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self.node("tuple", *parts)
            case ast.Dict(keys=keys, values=values) if all(isinstance(each, ast.Constant) for each in keys):
                named = zip(keys, values, strict=True)
                read = tuple((str(getattr(key, "value", "")), self.expression(value)) for key, value in named)
                return Node("dict", options=read)
            case ast.Subscript(value=a, slice=ast.Tuple(elts=parts)):
                return self.node("at", a, *parts)
            case ast.Subscript(value=a, slice=index):
                return self.node("at", a, index)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return Node("slice", tuple(self.expression(e) if e else Node("none") for e in (lower, upper, step)))
            case ast.Attribute() if (own := self.of_module(node)) is not None:
                if own == "newaxis":
                    return Node("none")
                if own in CONSTANTS:
                    return Node("number", number=CONSTANTS[own])
                return Node("text", word=own)  # a dtype
            case ast.Attribute(value=a, attr="T" | "mT"):
                return self.node("T", a)
            case ast.Attribute(value=a, attr=name) if not name.startswith("_"):
                return self.node("attribute", a, word=name)
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, node)
            case ast.Call(func=ast.Attribute(attr=name) as function) if not name.startswith("_"):
                if self.of_module(function) is not None:
                    return self.call(name, node)
                return self.call(name, node, self.expression(function.value))
        raise self.refused(node)

    def call(self, name: str, node: ast.Call, *owner: Node) -> Node:
        if any(each.arg is None for each in node.keywords):
            raise self.refused(node)
        options = tuple((str(each.arg), self.expression(each.value)) for each in node.keywords)
        return Node("call", (*owner, *map(self.expression, node.args)), name, options=options)

    def of_module(self, node: ast.Attribute) -> str | None:
        """`exp` for np.exp, `softmax` for torch.nn.functional.softmax; None for what belongs to an array."""
        at: ast.expr = node
        while isinstance(at, ast.Attribute):
            if at.attr.startswith("_"):
                return None
            at = at.value
        return node.attr if isinstance(at, ast.Name) and at.id in MODULES else None

    def number(self, node: ast.expr, value: float) -> float:
        """Never an integer: those may grow without end."""
        try:
            return float(value)
        except OverflowError:
            raise self.refused(node, "number") from None
